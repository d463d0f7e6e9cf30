import hashlib
from contextlib import closing
from contextvars import ContextVar

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write
from odoo.exceptions import UserError
from odoo.tools import SQL

_freezing = ContextVar("pa_firma_freezing", default=None)  # id of the document that is becoming the one to sign


class PaFirmaMixin(models.AbstractModel):
    """Records of any addon that people sign, one after the other, on a PDF of theirs.

    Inherit it, give `_signing_pdf()`, and show `signing_attachment_id` and `pa_firma_ids`::

        class PurchaseOrder(models.Model):
            _name = "purchase.order"
            _inherit = ["purchase.order", "pa.firma.mixin"]

            def _signing_pdf(self):
                return self.env["ir.actions.report"]._render_qweb_pdf("purchase.report_purchaseorder", self.ids)[0]

            def _reasons_not_signable(self):
                return [] if self.state == "purchase" else [self.env._("Confirm the order first.")]
    """

    _name = "pa.firma.mixin"
    _description = "Record that is signed"
    _inherit = ["pa.firma.base"]

    signing_attachment_id = fields.Many2one("ir.attachment", "Document to sign", readonly=True, copy=False)
    pa_firma_ids = fields.One2many(
        "pa.firma", "res_id", "Signatures", domain=lambda self: [("res_model", "=", self._name)], readonly=True
    )

    def _signing_pdf(self):
        """The bytes of the PDF to sign: asked once, then frozen."""
        raise NotImplementedError

    def _signing_name(self):
        """Name of the file."""
        return f"{self.display_name}.pdf"

    def _signing_capacity(self):
        """In which capacity the current user signs."""
        return ""

    def _reasons_not_signable(self):
        """Reasons why the current user cannot sign this record now; none means it can be signed."""
        return []

    def _on_signed(self, firma):
        """What happens when a verified signature is on record."""

    def _signed_file(self):
        """The file to add a signature to, or to show: the last signed one, or the document as frozen."""
        self.ensure_one()
        # Whoever reads the record reads its signatures.
        return self.sudo().pa_firma_ids[-1:].attachment_id or self.sudo().signing_attachment_id

    def _check_signable(self):
        self.ensure_one()
        self.check_access("write")
        reasons = self._reasons_not_signable()
        if not self.env.user.pa_codice_fiscale:
            reasons = [*reasons, self.env._("Your codice fiscale is missing: ask the administrator to enter it.")]
        if reasons:
            raise UserError("\n".join(reasons))

    def action_prepare_signature(self):
        """Freeze the document that will be signed; once signed it stays the same."""
        self._check_signable()
        if not self.sudo().pa_firma_ids:
            vals = {"name": self._signing_name(), "raw": self._signing_pdf(), "mimetype": "application/pdf"}
            vals |= {"res_model": self._name, "res_id": self.id}
            attachment = self.env["ir.attachment"].create(vals)
            token = _freezing.set(attachment.id)
            try:
                self.signing_attachment_id = attachment
            finally:
                _freezing.reset(token)
        return True

    @api.model_create_multi
    def create(self, vals_list):
        # said, so that neither a context nor a default of the user's says otherwise
        return super().create([{**vals, "signing_attachment_id": False} for vals in vals_list])

    def write(self, vals):
        """Which document is signed is decided by freezing it: any file's number could be written here, and the file be read."""
        if "signing_attachment_id" in vals and vals["signing_attachment_id"] != _freezing.get():
            raise UserError(self.env._("The document to sign is made by the record itself."))
        return super().write(vals)

    def action_sign_record(self, dispositivo_id, password, otp="", account_password=""):
        """Sign with a key file, a token or a remote service.

        :param password: used now, neither stored nor logged, as `otp` and `account_password` of the remote service
        """
        self._check_signable()
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        with closing(dispositivo._open(password, otp, account_password)) as signer:
            request = self._firma_made(dispositivo, signer)
        return self._firma_use(request)

    def action_prepare_record(self, dispositivo_id):
        """First of two phases, for a key that is not on the server; `pa.firma.libro`'s `finish` is the second.

        :return: as `prepare` of `pa.firma.libro`
        """
        self._check_signable()
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        return self._firma_prepare(dispositivo, *dispositivo._certificates())[0]._prepared_facts()

    def action_upload_signed_record(self, datas):
        """Take a file signed elsewhere: exactly the document given, with this person's signature added.

        :param datas: base64 of the signed PDF
        """
        self._check_signable()
        data, given = self._firma_uploaded(datas), self._firma_given()
        request = self.env["pa.firma.richiesta"]._obtain(
            self, "elsewhere", hashlib.sha256(given).hexdigest(), lambda: self._firma_checked(data, given)
        )
        return self._firma_use(request)

    def _firma_check_now(self):
        self._check_signable()

    def _firma_given(self):
        if not self.signing_attachment_id:
            raise UserError(self.env._("There is no document to sign yet."))
        return self._signed_file().with_context(bin_size=False).raw

    def _firma_says(self):
        # Whoever reads the record reads its document.
        original = self.sudo().signing_attachment_id.with_context(bin_size=False).raw
        return self._signature_request(
            self._description, self._firma_company(), self._signing_capacity(), hashlib.sha256(original).hexdigest()
        )

    def _firma_use(self, request, outcome="", reason=False):
        if request.state != "signed":
            raise UserError(self.env._("This answer was already used."))
        # Two who sign at once: the second one's transaction is refused by PostgreSQL and repeated, and finds the first one's file.
        self.env.cr.execute(SQL("UPDATE %s SET id = id WHERE id = %s", SQL.identifier(self._table), self.id))
        # A request may have waited since an earlier attempt.
        if hashlib.sha256(self._firma_given()).hexdigest() != request.base_sha256:
            raise UserError(self.env._("Somebody else signed this file in the meantime: sign it again."))
        if reasons := self._reasons_report(request.report):
            raise UserError("\n".join(reasons))
        firma = self.env["pa.firma"]._keep(
            request.report,
            res_model=self._name,
            res_id=self.id,
            capacity=self._signing_capacity(),
            company_id=request.company_id.id,
        )
        vals = {"name": self._signing_name(), "raw": request._signed_bytes(), "mimetype": "application/pdf"}
        vals |= {"res_model": firma._name, "res_id": firma.id}
        # Written by the procedure: nobody changes a signed file, nor a signature.
        attachment = sealed_create(self.env["ir.attachment"].sudo(), [vals])
        sealed_write(firma, {"attachment_id": attachment.id})
        sealed_write(request.sudo(), {"state": "used", "signed_data": False})
        self.invalidate_recordset(["pa_firma_ids"])
        self._on_signed(firma)
        return True


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _pa_guarded_models(self):
        return super()._pa_guarded_models() | {"pa.firma"}

    def _pa_guarded(self):
        """What waits to be signed does not change between who looks at it and who signs it."""
        # As there: whoever asks.
        return super()._pa_guarded() | self.sudo().filtered(lambda attachment: attachment._is_document_to_sign())

    def _is_document_to_sign(self):
        model = self.env.get(self.res_model or "")
        if model is None or "signing_attachment_id" not in model._fields:
            return False
        return model.browse(self.res_id).exists().signing_attachment_id == self
