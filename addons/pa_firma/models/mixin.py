import hashlib
from contextlib import closing

from odoo import api, fields, models
from odoo.addons.pa_atti.tools import seal
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write
from odoo.exceptions import UserError
from odoo.tools import SQL

FROZEN = ("signing_attachment_id", "signing_sha256", "pa_firma_ids")


class PaFirmaMixin(models.AbstractModel):
    """Records of any addon that people sign, one after the other, on a PDF of theirs.

    Inherit it and give `_signing_pdf()`; in the form, a button `action_open_signing` opens the dialog with every way to sign,
    and `pa_firma_ids` shows who signed. Signed files are kept over time as those of acts. docs/developers.md has an example.
    """

    _name = "pa.firma.mixin"
    _description = "Record that is signed"
    _inherit = ["pa.firma.base"]

    signing_attachment_id = fields.Many2one("ir.attachment", "Document to sign", readonly=True, copy=False)
    signing_sha256 = fields.Char("SHA-256 of the document to sign", readonly=True, copy=False)
    pa_firma_ids = fields.One2many(
        "pa.firma", "res_id", "Signatures", domain=lambda self: [("res_model", "=", self._name)], readonly=True, copy=False
    )

    # What the addon says ------------------------------------------------------------------------------------------

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

    def _awaits_signatures(self):
        """Whether other people are to sign: until then nothing is added to the file, which they may have downloaded."""
        return False

    def _on_signed(self, firma):
        """What happens when a verified signature is on record."""

    # What nobody writes -------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([{**vals, **dict.fromkeys(FROZEN, False)} for vals in vals_list])

    def write(self, vals):
        if set(FROZEN) & set(vals) and not seal.consume(seal.write_claim(self, vals)):
            raise UserError(self.env._("What is signed, and its signatures, change only by signing."))
        return super().write(vals)

    # Signing ------------------------------------------------------------------------------------------------------

    def _signed_file(self):
        """The file to add a signature to, or to show: the latest signed one, or the document as frozen."""
        self.ensure_one()
        # Whoever reads the record reads its signatures.
        firma = self.sudo().pa_firma_ids.sorted("id")[-1:]
        return firma.durata_id.attachment_id or firma.attachment_id or self.sudo().signing_attachment_id  # as above

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
        if not self.sudo().pa_firma_ids:  # whoever reads the record reads its signatures
            self._freeze(self._signing_pdf())
        return True

    def _freeze(self, data):
        """Make of these bytes the document to sign, in place of the earlier one, which nobody has signed."""
        earlier = self.sudo().signing_attachment_id  # whoever made it
        digest = hashlib.sha256(data).hexdigest()
        if digest == self.signing_sha256 and earlier.with_context(bin_size=False).raw == data:
            return
        vals = {"name": self._signing_name(), "raw": data, "mimetype": "application/pdf"}
        vals |= {"res_model": self._name, "res_id": self.id}
        sealed_write(self, {"signing_attachment_id": self.env["ir.attachment"].create(vals).id, "signing_sha256": digest})
        earlier.unlink()

    def action_open_signing(self):
        """Freeze the document and open the dialog that shows it and signs it, with whatever way to sign the person has."""
        self.action_prepare_signature()
        dialog = self.env["pa.firma.record"].create({"res_model": self._name, "res_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign %s", self.display_name),
            "res_model": "pa.firma.record",
            "res_id": dialog.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_sign_record(self, dispositivo_id, password="", otp="", account_password=""):
        """Sign with a key file, a token or a remote service.

        :param password: used now, neither stored nor logged, as `otp` and `account_password` of the remote service
        """
        self._check_signable()
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        dispositivo.check_access("read")
        with closing(dispositivo._open(password, otp, account_password)) as signer:
            request = self._firma_made(dispositivo, signer)
        return self._firma_use(request)

    def action_prepare_record(self, dispositivo_id, shown_sha256=""):
        """First of two phases, for a key that is not on the server; `pa.firma.libro`'s `finish` is the second.

        :param shown_sha256: of what the person was shown: other bytes are refused
        :return: as `prepare` of `pa.firma.libro`
        """
        self._check_signable()
        dispositivo, origin = self.env["pa.firma.dispositivo"].browse(dispositivo_id), self._as_shown(shown_sha256)
        return origin._firma_prepare(dispositivo, *dispositivo._certificates())[0]._prepared_facts()

    def _as_shown(self, sha256):
        """This record, of which only these bytes are signed, up to when they are read to be signed."""
        return self.with_context(pa_firma_shown=sha256)

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
        file = self._signed_file()
        if not file:
            raise UserError(self.env._("There is no document to sign yet."))
        data = file.with_context(bin_size=False).raw or b""
        digest, shown = hashlib.sha256(data).hexdigest(), self.env.context.get("pa_firma_shown")
        if file == self.sudo().signing_attachment_id and digest != self.signing_sha256:  # as above
            raise UserError(self.env._("The document has changed since it was prepared: prepare it again."))
        if shown and shown != digest:
            raise UserError(self.env._("The document has changed since it was shown: close this and open it again."))
        return data

    def _firma_says(self):
        return self._signature_request(self._description, self._firma_company(), self._signing_capacity(), self.signing_sha256)

    def _firma_use(self, request, outcome="", reason=False):
        # Two who sign at once: the second one's transaction is refused by PostgreSQL and repeated, and finds the first one's file.
        self.env.cr.execute(SQL("UPDATE %s SET id = id WHERE id = %s", SQL.identifier(self._table), self.id))
        if request.state != "signed":
            raise UserError(self.env._("This answer was already used."))
        if reasons := self._reasons_report(request.report):  # a request may have waited since an earlier attempt
            raise UserError("\n".join(reasons))
        if hashlib.sha256(self._firma_given()).hexdigest() != request.base_sha256:
            raise UserError(self.env._("Somebody else signed this file in the meantime: sign it again."))
        self._as_shown(False)._on_signed(self._firma_store(request))
        return True

    def _firma_store(self, request):
        """The signature on record, and its file: an attachment of the record that nobody changes."""
        firma = self.env["pa.firma"]._keep(
            request.report,
            res_model=self._name,
            res_id=self.id,
            record_name=self.display_name,
            capacity=self._signing_capacity(),
            company_id=request.company_id.id,
        )
        vals = {"name": self._signing_name(), "raw": request._signed_bytes(), "mimetype": "application/pdf"}
        vals |= {"res_model": self._name, "res_id": self.id}
        # Written by the procedure: nobody changes a signed file, nor a signature.
        sealed_write(firma, {"attachment_id": sealed_create(self.env["ir.attachment"].sudo(), [vals]).id})
        sealed_write(firma, {"durata_id": firma._keep_record(request.report, request.signed_sha256).id})
        sealed_write(request.sudo(), {"state": "used", "signed_data": False})  # requests are the procedure's record
        self.invalidate_recordset(["pa_firma_ids"])
        return firma


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
