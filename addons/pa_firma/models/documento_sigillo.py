from contextlib import closing

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError

from ..tools import sign_file


def _refuse_removal(records):
    raise UserError(records.env._("Acts hold documents of this kind: it is not taken away."))


class PaAttoDocumento(models.Model):
    """Sealed copies: a document of a concluded act that the body certifies as its own."""

    _inherit = "pa.atto.documento"

    kind = fields.Selection(
        selection_add=[("sigillato", "Sealed copy"), ("marca", "Timestamp")],
        ondelete={"sigillato": _refuse_removal, "marca": _refuse_removal},
    )
    can_seal = fields.Boolean(compute="_compute_can_seal")

    @api.depends("kind", "superseded", "atto_id.state", "atto_id.esecutiva")
    @api.depends_context("uid")
    def _compute_can_seal(self):
        mine = {company: bool(self.env["pa.firma.sigillo"]._mine(company)) for company in self.company_id}
        for documento in self:  # most people apply no seal: nothing is looked for
            documento.can_seal = mine.get(documento.company_id, False) and not documento._reasons_seal_copy()

    def _reasons_seal_copy(self):
        """Reasons why no sealed copy of this document can be made now."""
        self.ensure_one()
        if self.kind in ("sigillato", "marca") or self.superseded:
            return [self.env._("Documents in force are sealed, not their copies nor timestamps.")]
        if self.atto_id.state != "done" and not self.atto_id.esecutiva:
            return [self.env._("Only documents of a concluded act are sealed.")]
        if self.sudo()._sealed_copies():  # one is enough, whoever made it
            return [self.env._("A sealed copy is already among the documents of the act.")]
        return []

    def _sealed_copies(self):
        return self.search([("derived_from_id", "=", self.id), ("kind", "=", "sigillato"), ("superseded", "=", False)])

    def _check_seal_copy(self):
        self.ensure_one()
        self.check_access("read")
        if reasons := self._reasons_seal_copy():
            raise UserError("\n".join(reasons))

    def action_seal(self):
        """Open the dialog that seals a copy of this document."""
        self._check_seal_copy()
        return self.env["pa.firma.apponi"]._opened(self)

    def apply_seal(self, sigillo_id, password="", otp="", account_password=""):
        """Store a copy of this document with the body's electronic seal; its id.

        :param password: of the seal, or PIN of its remote credential; used now, neither stored nor logged, as `otp` and
            `account_password` of the remote service
        """
        self._check_seal_copy()
        sigillo = self.env["pa.firma.sigillo"].browse(sigillo_id)._for(self)
        sigillo._firma_check_now()
        with closing(sigillo._open(password, otp, account_password)) as signer:
            request = sigillo._firma_made(sigillo, signer)
        return sigillo._firma_use(request).id

    def _check_seal_report(self, report):
        """Refuse what is not this document with this body's valid seal added."""
        Firma = self.env["pa.firma"]
        added = Firma._added(report)
        sound = len(added) == 1 and added[0]["verdict"] == "valid" and report.get("matches_original") and not report["spoiled"]
        if not sound:
            details = "; ".join(Firma._explain(reason) for reason in report["reasons"])
            raise UserError(self.env._("The seal is not accepted: %s", details or self.env._("cannot be determined")))
        if reasons := self.env["pa.firma.sigillo"]._reasons_not_ours(added[0], self.company_id):
            raise UserError("\n".join(reasons))

    def _seal_store(self, request):
        """The sealed bytes as a document of the act, and the seal on record."""
        self.atto_id._lock()
        self._check_seal_copy()
        self._check_seal_report(request.report)  # a request may have waited since an earlier attempt
        form = request.report["form"]
        name = sign_file.signed_name(self.name, form).replace("-firmato.", "-sigillato.")
        documento = self._store(
            self.atto_id, "sigillato", name, request._signed_bytes(), sign_file.MIMETYPES[form],
            derived_from_id=self.id, visibility=self.visibility,
        )  # fmt: skip
        self.env["pa.firma"]._keep(
            request.report, documento_id=documento.id, company_id=self.company_id.id, seal=True,
            capacity=self.env._("Electronic seal, applied by %s", self.env.user.name),
        )  # fmt: skip
        # The request is the procedure's record; its bytes now live in the document.
        sealed_write(request.sudo(), {"state": "used", "signed_data": False})
        self.atto_id._notify_change()
        return documento


class PaFirma(models.Model):
    _inherit = "pa.firma"

    seal = fields.Boolean("Electronic seal", help="Of the body: it says where the document comes from, and is nobody's signature.")
