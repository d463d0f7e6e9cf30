from contextlib import closing

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError

from ..tools import sign_file
from ..tools.errors import FirmaError


class PaAttoDocumento(models.Model):
    """Signing an attachment of an act: PDF as PAdES, XML as XAdES, anything else as CAdES. The original stays."""

    _name = "pa.atto.documento"
    _inherit = ["pa.atto.documento", "pa.firma.base"]

    can_sign_file = fields.Boolean(compute="_compute_can_sign_file")

    @api.depends("kind", "superseded", "atto_id.state", "atto_id.passo_ids.state")
    @api.depends_context("uid")
    def _compute_can_sign_file(self):
        for documento in self:
            documento.can_sign_file = not documento._reasons_file_signing()

    # What a signed copy is ----------------------------------------------------------------------------------------

    def _frozen_fields(self):
        """A signed copy is as visible as what was signed."""
        return super()._frozen_fields() | ({"visibility"} if self._is_signed_copy() else set())

    def write(self, vals):
        result = super().write(vals)
        if "visibility" in vals and (copies := self._signed_copies()):
            sealed_write(copies, {"visibility": vals["visibility"]})
        return result

    def _signed_copies(self):
        # All of them, whoever asks: they follow their original.
        return self.sudo().search([
            ("derived_from_id", "in", self.ids), ("kind", "=", "allegato"), ("firma_ids", "!=", False),
        ])  # fmt: skip

    def _check_unlink_allowed(self):
        if self.sudo().firma_ids or self._signed_copies():  # signatures stay, whoever asks
            return [self.env._("%s is signed: it stays on record.", self.name)]
        return super()._check_unlink_allowed()

    def _compute_removable(self):
        result = super()._compute_removable()
        for documento in self.filtered("removable"):
            documento.removable = not documento._check_unlink_allowed()
        return result

    # Who may, and on what -----------------------------------------------------------------------------------------

    def _reasons_file_signing(self):
        """Reasons why the current user cannot sign this attachment now."""
        self.ensure_one()
        atto = self.atto_id
        if self.kind != "allegato" or self.superseded:
            return [self.env._("Only attachments in force are signed here.")]
        writing = atto.content_editable and atto.has_access("write")
        if not writing and not self._step_of_signer():
            return [self.env._("Attachments are signed while the act is being written, or by who is to sign the act.")]
        return []

    def _step_of_signer(self):
        """The signature step that waits for the current user, before anybody signed the act."""
        atto = self.atto_id
        steps = atto.current_passo_ids.filtered(lambda p: p.kind == "firma" and p.is_mine)
        return steps[:1] if not atto.signed else steps.browse()

    def _check_file_signing(self):
        self.ensure_one()
        self.check_access("read")
        reasons = self._reasons_file_signing()
        if not self.env.user.pa_codice_fiscale:
            reasons = [*reasons, self.env._("Your codice fiscale is missing: ask the administrator to enter it.")]
        if reasons:
            raise UserError("\n".join(reasons))

    def _file_root(self):
        """The document before any signature made here."""
        # Whoever sees a signed file sees what was signed, which is inside it.
        return self.sudo().derived_from_id if self._is_signed_copy() else self.sudo()

    def _is_signed_copy(self):
        return self.kind == "allegato" and bool(self.sudo().firma_ids) and bool(self.sudo().derived_from_id)  # as above

    def _file_base(self):
        """The bytes to add a signature to: what earlier signers left, else the document itself."""
        root = self._file_root()
        signed = root._signed_copies().filtered(lambda d: not d.superseded)
        return (signed.sorted("version")[-1:] or root).sudo(False)

    def _file_content(self):
        """What was signed, when this document is a detached signature."""
        root = self._file_root()
        return root._bytes() if self != root else None

    # Signing ------------------------------------------------------------------------------------------------------

    def action_sign_file(self):
        """Open the dialog that signs this file."""
        self._check_file_signing()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign %s", self.name),
            "res_model": "pa.firma.file",
            "view_mode": "form",
            "target": "new",
            "context": {"default_documento_id": self.id, "dialog_size": "large"},
        }

    def sign_file(self, dispositivo_id, password, form=False, otp="", account_password=""):
        """Sign this attachment with a device that a password opens, or a remote service; id of the signed document.

        :param password: used now, neither stored nor logged, as `otp` and `account_password` of the remote service
        :param form: pades, xades, cades (.p7m), cades_detached (.p7s); the one that suits the file when missing
        """
        base, dispositivo = self._file_to_sign(dispositivo_id, form)
        with closing(dispositivo._open(password, otp, account_password)) as signer:
            request = base._firma_made(dispositivo, signer)
        return base._firma_use(request).id

    def prepare_file_signature(self, dispositivo_id, form=False):
        """First of two phases, where the key is not on the server; `finish` of the libro firma takes the answer.

        :return: as one item of `prepare` of the libro firma
        """
        base, dispositivo = self._file_to_sign(dispositivo_id, form)
        return base._firma_prepare(dispositivo, *dispositivo._certificates())[0]._prepared_facts()

    def _file_to_sign(self, dispositivo_id, form):
        """(document to add a signature to, with the form in its context; device), once everything was checked."""
        self._check_file_signing()
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        dispositivo.check_access("read")
        base = self._file_base()
        return base.with_context(pa_firma_form=self._file_form(base, form)), dispositivo

    def upload_signed_file(self, datas, form=False):
        """Take the file signed elsewhere: exactly this attachment, with this person's signature added.

        :param datas: base64 of the signed file
        """
        self._check_file_signing()
        data, base = self._file_uploaded(datas), self._file_base()
        form, given = self._file_form(base, form), base._bytes()
        base._forget_other_form(form)
        request = self.env["pa.firma.richiesta"]._obtain(
            base, "elsewhere", base.sha256, lambda: base._file_checked(data, given, form)
        )
        return base._firma_use(request).id

    def _file_form(self, base, form):
        try:
            return sign_file.checked_form(base._bytes(), form)
        except FirmaError as error:
            raise UserError(self._file_message(error)) from None

    def _file_capacity(self):
        """The appointment in whose name the file is signed."""
        if step := self._step_of_signer():
            return step._capacity_of(self.env.user)
        # Appointments of the current user only.
        mine = self.env["pa.incarico"].sudo().search([("user_id", "=", self.env.uid), ("company_id", "=", self.company_id.id)])
        offices = self.atto_id.department_id._pa_ancestor_ids()
        valid = mine.filtered(lambda i: i._valid_on(today()) and i.department_id.id in [False, *offices])
        return valid[:1]._capacity() if valid else ""

    def _file_uploaded(self, datas):
        data = self._firma_decoded(datas)
        if not data:
            raise UserError(self.env._("Choose the signed file."))
        return data
