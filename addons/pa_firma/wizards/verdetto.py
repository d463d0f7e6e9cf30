import base64
from contextlib import closing
from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import report_etsi, report_html
from ..tools.transaction import own_transaction

VERDICTS = [("valid", "Valid"), ("not_valid", "Not valid"), ("undetermined", "Cannot be determined")]
_ROME = ZoneInfo("Europe/Rome")


class PaFirmaVerdetto(models.TransientModel):
    """Verification of a document of an act, or of any file: who signed, when, and what it is worth.

    What is shown is kept for display; whatever leaves (reports, seals) is verified again, since a dialog's fields can be
    written by who opened it. A file uploaded here is never an attachment and goes away with the dialog.
    """

    _name = "pa.firma.verdetto"
    _description = "Verification"
    _inherit = ["pa.firma.dialogo"]

    documento_id = fields.Many2one("pa.atto.documento", "Document", readonly=True)
    atto_id = fields.Many2one(related="documento_id.atto_id")
    file = fields.Binary("File to verify", attachment=False)
    file_name = fields.Char()
    original_id = fields.Many2one("pa.atto.documento", "Signed document", domain="[('atto_id', '=', atto_id), ('id', '!=', documento_id)]")
    original_file = fields.Binary("Original, for a detached signature", attachment=False)
    original_name = fields.Char()
    timestamp_file = fields.Binary("Timestamp of the file (.tsr)", attachment=False)
    timestamp_name = fields.Char()
    moment = fields.Selection(
        [("now", "Today"), ("number", "The day of the act's number"), ("publication", "The day of publication"), ("other", "Another date")],
        "Judged as of",
        required=True,
        default="now",
    )
    moment_file = fields.Selection(
        [("now", "Today"), ("other", "Another date")], "Judged as of the day", required=True, default="now"
    )
    at = fields.Datetime("Date")
    report = fields.Json(readonly=True)
    sigillo_id = fields.Many2one(
        "pa.firma.sigillo",
        "Seal",
        domain="[('user_ids', 'in', uid)]",
        default=lambda self: self.env["pa.firma.sigillo"]._mine(self.env.company)[:1],
    )
    asks = fields.Json(compute="_compute_asks")
    sealed = fields.Binary("Sealed report", attachment=False, groups=fields.NO_ACCESS)
    verdict = fields.Selection(VERDICTS, compute="_compute_verdict")
    needs_original = fields.Boolean(compute="_compute_verdict")
    body = fields.Html(compute="_compute_verdict", sanitize=True)

    @api.depends("report")
    def _compute_verdict(self):
        for wizard in self:
            report = wizard.report or {}
            wizard.verdict = report.get("verdict")
            wizard.needs_original = any(reason["code"] == "detached" for reason in report.get("reasons", []))
            values = {"panel": report_html.panel(report, wizard._lang())} if report else {}
            wizard.body = self.env["ir.qweb"]._render("pa_firma.verdetto_panel", values) if report else False

    @api.depends("sigillo_id")
    def _compute_asks(self):
        for wizard in self:
            wizard.asks = wizard.sigillo_id._described() if wizard.sigillo_id else False

    # Judging ------------------------------------------------------------------------------------------------------

    def action_judge(self):
        """Verify, as of the moment chosen, and show the verdict."""
        self.ensure_one()
        self.report = self._judged()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verification of %s", self._file_title()),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    def _judged(self):
        """A report made now."""
        at = self._judged_at()
        if not self.documento_id:
            return self._judged_file(at)
        report, original = self.documento_id._verify_found(at, self._chosen_original())
        return {**report, "file": self._file_title(), "original": original.name if original else ""}

    def _judged_file(self, at):
        data = self._decoded("file")
        if not data:
            raise UserError(self.env._("Choose the file to verify."))
        report = self.env["pa.firma.verifica"]._report(
            self.env.company, data, original=self._decoded("original_file"), timestamp=self._decoded("timestamp_file"), at=at
        )
        return {**report, "file": self._file_title(), "original": self.original_name or ""}

    def _chosen_original(self):
        chosen = self.original_id
        if chosen:
            chosen.check_access("read")
            if chosen.atto_id != self.documento_id.atto_id:
                raise UserError(self.env._("Choose a document of the same act."))
        return chosen

    def _decoded(self, name):
        data = base64.b64decode(self.with_context(bin_size=False)[name] or b"")
        if len(data) > 64 * 1024 * 1024:
            raise UserError(self.env._("The file is too large."))
        return data or None

    def _file_title(self):
        return self.documento_id.name or self.file_name or self.env._("File")

    def _judged_at(self):
        """Aware datetime of judgement; None for now."""
        atto, moment = self.documento_id.atto_id, self.moment if self.documento_id else self.moment_file
        days = {"number": atto.date_generale or atto.date_organo or atto.date_settore, "publication": atto.date_pubblicazione_from}
        if moment in days:
            if not days[moment]:
                raise UserError(self.env._("The act does not have that date: choose another."))
            return datetime.combine(days[moment], time(23, 59, 59), _ROME)
        if moment == "now":
            return None
        if not self.at:
            raise UserError(self.env._("Write the date as of which to judge."))
        return self.at.replace(tzinfo=timezone.utc)

    # What is shown and what leaves --------------------------------------------------------------------------------

    def _lang(self):
        return "it" if (self.env.lang or "").startswith("it") else "en"

    def _check_mine(self):
        if self.create_uid != self.env.user:
            raise AccessError(self.env._("This verification is of somebody else."))

    def _report_file(self, kind):
        """(bytes, mimetype, name) of the report, verified anew."""
        self._check_mine()
        name, lang = self._file_title(), self._lang()
        if kind == "sealed":
            # The bytes that the seal's own method left; nobody else writes them.
            data = base64.b64decode(self.sudo().with_context(bin_size=False).sealed or b"")
            return data, "application/xml", self.env._("verification-%s", name) + "-sigillato.xml"
        if kind == "pdf":
            return report_html.build_pdf(self._judged(), lang), "application/pdf", self.env._("verification-%s", name) + ".pdf"
        return report_etsi.build(self._judged(), lang), "application/xml", self.env._("verification-%s", name) + ".xml"

    def action_report_pdf(self):
        """Download the report to read and keep."""
        return self._download("pdf")

    def action_report_xml(self):
        """Download the report for machines (ETSI TS 119 102-2)."""
        return self._download("xml")

    def action_seal_report(self, password="", otp="", account_password=""):
        """Seal the report for machines (made anew) and download it.

        :param password: of the seal, or PIN of its remote credential; used now, neither stored nor logged, as `otp` and
            `account_password` of the remote service
        """
        self.ensure_one()
        self._check_mine()
        sigillo = self.sigillo_id
        if not sigillo:
            raise UserError(self.env._("Choose the seal."))
        xml = report_etsi.build(self._judged(), self._lang())
        with closing(sigillo._open(password, otp, account_password)) as signer:
            sealed = sigillo._sealed_xml(xml, signer)
        # For good at once, and nothing else is written: this call is never repeated, nor a code spent twice.
        with own_transaction(self.env) as env:
            # The field is of nobody: only this method writes what goes out as sealed.
            env[self._name].browse(self.id).sudo().sealed = base64.b64encode(sealed)
        return self._download("sealed")

    def _download(self, kind):
        self.ensure_one()
        self._check_mine()
        return {"type": "ir.actions.act_url", "url": f"/firma/rapporto/{self.id}/{kind}", "target": "download"}
