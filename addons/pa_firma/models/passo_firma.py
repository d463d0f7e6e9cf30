import base64
from contextlib import closing

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import file_path, format_datetime

from ..tools import pades, pdf_guard
from ..tools.errors import FirmaError
from ..tools.mark import Mark


class PaAttoPasso(models.Model):
    """Making, or receiving, the signature of a step. Runs before the step's own transaction."""

    _inherit = "pa.atto.passo"

    def action_open_firma(self):
        """Open the signing dialog."""
        self.ensure_one()
        self._check_firma_possible()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign"),
            "res_model": "pa.firma.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_passo_id": self.id, "dialog_size": "extra-large"},
        }

    def action_sign(self, dispositivo_id, password, outcome="done", reason=False):
        """Sign the step's document with a key file or a token and complete the step.

        :param password: of the key file, or PIN of the token; used now, neither stored nor logged
        """
        self.ensure_one()
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        self._check_firma_possible()
        dispositivo.check_access("read")
        with closing(dispositivo._open(password)) as signer:
            return self._firma_with(signer, outcome, reason)

    def action_sign_uploaded(self, datas, outcome="done", reason=False):
        """Complete the step with a file signed elsewhere: exactly its document, with this person's signature added.

        :param datas: base64 of the signed PDF
        """
        self.ensure_one()
        self._check_firma_possible()
        if len(datas or "") > self._firma_max_bytes() * 4 // 3 + 4:
            raise UserError(self.env._("The file is too large."))
        try:
            data = base64.b64decode(datas or b"", validate=True)
        except ValueError:
            raise UserError(self.env._("The file is not valid.")) from None
        base = self._firma_base()
        self._firma_refuse_early(data)
        given = base._bytes()
        self.env["pa.firma.richiesta"]._obtain(
            self, "elsewhere", base.sha256, lambda: self._firma_checked(data, given)
        )
        return self.action_complete(outcome, reason)

    def _firma_with(self, signer, outcome="done", reason=False):
        """Sign with an open signer, then complete the step (a repeated transaction finds the signature made)."""
        base = self._firma_base()
        given = base._bytes()
        request = self._signature_request()

        def make():
            try:
                data = pades.sign_pdf(given, signer, request)
            except FirmaError as error:
                raise UserError(self.env["pa.firma.dispositivo"]._message(error)) from None
            return self._firma_checked(data, given)

        self.env["pa.firma.richiesta"]._obtain(self, signer.kind, base.sha256, make)
        return self.action_complete(outcome, reason)

    def _signature_request(self):
        # The authority's address and the limits are configuration, which users do not read.
        parameters = self.env["ir.config_parameter"].sudo()
        return pades.SignatureRequest(
            name=self.env.user.name,
            reason=self.name,
            location=self.company_id.sudo().city or "",
            tsa_url=parameters.get_param("pa_firma.tsa_url") or "",
            max_bytes=self._firma_max_bytes(),
            mark=self._firma_mark() if parameters.get_param("pa_firma.visible_mark", "True") == "True" else None,
        )

    def _firma_mark(self):
        """What the page shows of the signature: who, in which capacity, when, and where it can be verified."""
        # The base address is configuration, which users do not read.
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        return Mark(
            lines=(
                self.env._("Digitally signed by %s", self.env.user.name),
                self._capacity_of(self.env.user),
                format_datetime(self.env, fields.Datetime.now(), tz="Europe/Rome", dt_format="dd/MM/yyyy HH:mm"),
            ),
            address=f"{base}/firma/{self.documento_id.sha256[:32]}",
            font=file_path("web/static/fonts/lato/Lato-Reg-webfont.ttf"),
        )

    def _firma_max_bytes(self):
        # The limit is configuration, which users do not read.
        text = self.env["ir.config_parameter"].sudo().get_param("pa_firma.max_mb") or "50"
        return min(int(text) if text.isdigit() else 50, 64) * 1024 * 1024

    def _firma_refuse_early(self, data):
        try:
            pdf_guard.check_plain(data, self._firma_max_bytes())
        except FirmaError as error:
            raise UserError(self.env["pa.firma.dispositivo"]._message(error)) from None

    def _check_firma_possible(self):
        """Raise with the reasons why this person cannot sign this step now."""
        self.ensure_one()
        self.check_access("read")
        if not self._takes_digital_signature():
            raise UserError(self.env._("Step %s takes no digital signature.", self.name))
        reasons = self._check_can_act()
        if reasons:
            raise AccessError("\n".join(reasons))
        if not self.documento_id or self.documento_id.superseded:
            raise UserError(self.env._("Step %s has no document to sign.", self.name))
        if not self.env.user.pa_codice_fiscale:
            raise UserError(self.env._("Your codice fiscale is missing: ask the administrator to enter it."))

    # Verification ---------------------------------------------------------------------------------------------

    def _firma_checked(self, data, given):
        """(data, report) when `data` is `given` with this person's valid signature added; refuses otherwise."""
        if self.env["pa.firma.richiesta"]._used_elsewhere(self, data):
            raise UserError(self.env._("This very file already completed another step: sign again."))
        documento = self.documento_id.sudo()  # the step's own document
        report = documento._verify(data, original=given)
        reasons = self._reasons_report(report)
        if reasons:
            raise UserError("\n".join(reasons))
        return data, report

    def _reasons_report(self, report):
        """Reasons why a verification report does not prove this person's signature on this document."""
        Firma = self.env["pa.firma"]
        if report.get("verdict") != "valid" or report.get("matches_original") is not True:
            details = [Firma._explain(reason) for reason in report.get("reasons", [])]
            return [self.env._("The signature is not accepted: %s", "; ".join(details) or self.env._("cannot be determined"))]
        added = Firma._added(report)
        if len(added) != 1:
            return [self.env._("The file must hold one new signature, yours.")]
        mine, user = added[0], self.env.user
        if not user.pa_codice_fiscale or mine["codice_fiscale"] != user.pa_codice_fiscale:
            return [
                self.env._(
                    "The signature is of %(signer)s, this step waits for %(who)s (%(cf)s).",
                    signer=" ".join(filter(None, (mine["signer"], mine["codice_fiscale"]))),
                    who=user.name,
                    cf=user.pa_codice_fiscale,
                )
            ]
        return []
