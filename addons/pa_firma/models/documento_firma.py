import base64
from contextlib import closing
from dataclasses import replace

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError

from ..tools import sign_file
from ..tools.errors import FirmaError
from ..tools.facts import SEVERITY


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

    def _file_content(self, base):
        """What was signed, when `base` is a detached signature."""
        root = self._file_root()
        return root._bytes() if base != root else None

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

    def sign_file(self, dispositivo_id, password, form=False):
        """Sign this attachment with a key file or a token.

        :param password: used now, neither stored nor logged
        :param form: pades, xades, cades (.p7m), cades_detached (.p7s); the one that suits the file when missing
        """
        self._check_file_signing()
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        dispositivo.check_access("read")
        base = self._file_base()
        given, content, form = base._bytes(), self._file_content(base), self._file_form(base, form)
        says = replace(self._signature_request(self.name, self.company_id, "", base.sha256), mark=None)

        def make():
            try:
                data = sign_file.sign_file(given, signer, says, form, content)
            except FirmaError as error:
                raise UserError(self._file_message(error)) from None
            return self._file_checked(data, given, content, form)

        with closing(dispositivo._open(password)) as signer:
            return self._file_obtain(base, signer.kind, form, make)

    def upload_signed_file(self, datas, form=False):
        """Take the file signed elsewhere: exactly this attachment, with this person's signature added.

        :param datas: base64 of the signed file
        """
        self._check_file_signing()
        base = self._file_base()
        data, form = self._file_uploaded(datas), self._file_form(base, form)
        given, content = base._bytes(), self._file_content(base)
        return self._file_obtain(base, "elsewhere", form, lambda: self._file_checked(data, given, content, form))

    def _file_form(self, base, form):
        possible = sign_file.possible_forms(base._bytes())
        if form and form not in possible:
            raise UserError(self.env._("This file is not signed in that form."))
        return form or possible[0]

    def _file_obtain(self, base, kind, form, make):
        """Make the signed bytes outside the transaction, or find those that an earlier attempt left, and store them."""
        Richiesta = self.env["pa.firma.richiesta"]
        earlier = Richiesta._find(base, self.env.user, base.sha256)
        if earlier.state == "signed" and (earlier.report or {}).get("form") != form:
            Richiesta._end(earlier.id, {"state": "failed", "error": self.env._("Signed again in another form.")})
        request = Richiesta._obtain(base, kind, base.sha256, make)
        return self._file_store(base, request, form).id

    def _file_checked(self, data, given, content, form):
        """(data, report) when `data` is the file given with this person's valid signature added; refuses otherwise."""
        if self.env["pa.firma.richiesta"]._used_elsewhere(self._file_base(), data):
            raise UserError(self.env._("This very file already completed another step: sign again."))
        report = self._file_report(data, given, content, form)
        if reasons := self._reasons_file_report(report):
            raise UserError("\n".join(reasons))
        return data, {**report, "form": form}

    def _file_report(self, data, given, content, form):
        """Verification of a signed file, telling what was added to the file given."""
        Verifica = self.env["pa.firma.verifica"]
        before = Verifica._report(self.company_id, given, original=content)
        report = Verifica._report(self.company_id, data, original=sign_file.expected_inside(given, form, content))
        known = {facts["signature_sha256"]: facts["verdict"] for facts in before["signatures"]}
        for facts in report["signatures"]:
            facts["added"] = facts["signature_sha256"] not in known
        after = {facts["signature_sha256"]: facts["verdict"] for facts in report["signatures"]}
        report["spoiled"] = any(SEVERITY[after.get(key, "not_valid")] > SEVERITY[verdict] for key, verdict in known.items())
        report["limit"] = before["verdict"] if known else "valid"
        return report

    def _reasons_file_report(self, report):
        """Reasons why the report does not prove this person's signature on this file."""
        Firma = self.env["pa.firma"]
        added = Firma._added(report)
        if report["spoiled"]:
            return [self.env._("One more signature would break one that is already there: sign it as .p7m.")]
        if len(added) == 1 and (reasons := self._reasons_signer(added[0])):
            return reasons
        sound = report.get("matches_original") is True and SEVERITY[report["verdict"]] <= SEVERITY[report["limit"]]
        if len(added) == 1 and sound and added[0]["verdict"] == "valid":
            return []
        details = [Firma._explain(reason) for reason in report["reasons"]]
        details = details or [self.env._("the file must hold one new signature, yours")]
        return [self.env._("The signature is not accepted: %s", "; ".join(details))]

    # What comes out -----------------------------------------------------------------------------------------------

    def _file_store(self, base, request, form):
        """The signed file as a document of the act, and its signature on record."""
        self.atto_id._lock()
        self._check_file_signing()  # a request may have waited since an earlier attempt
        if reasons := self._reasons_file_report(request.report):
            raise UserError("\n".join(reasons))
        if self._file_base() != base:
            raise UserError(self.env._("Somebody else signed this file in the meantime: sign it again."))
        root = self._file_root()
        documento = self._store(
            self.atto_id, "allegato", sign_file.signed_name(base.name, form), request._signed_bytes(),
            sign_file.MIMETYPES[form], derived_from_id=root.id, version=base.version + 1, visibility=root.visibility,
        )  # fmt: skip
        if base != root:
            sealed_write(base.sudo(), {"superseded": True})  # the new file holds the signatures of the old one too
        self.env["pa.firma"]._keep(
            request.report, documento_id=documento.id, company_id=self.company_id.id, capacity=self._file_capacity()
        )
        # The request is the procedure's record; its bytes now live in the document.
        sealed_write(request.sudo(), {"state": "used", "signed_data": False})
        self.atto_id._notify_change()
        return documento

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
        if len(datas or "") > self._firma_max_bytes() * 4 // 3 + 4:
            raise UserError(self.env._("The file is too large."))
        try:
            data = base64.b64decode(datas or b"", validate=True)
        except ValueError:
            raise UserError(self.env._("The file is not valid.")) from None
        if not data:
            raise UserError(self.env._("Choose the signed file."))
        return data

    def _file_message(self, error):
        messages = {
            "already_signed": self.env._("You already signed this file."),
            "form": self.env._("This file is not signed in that form."),
            "unsafe_xml": self.env._("The XML has a document type declaration, which is refused: sign it as .p7m."),
            "malformed": self.env._("The file cannot be read: sign it as .p7m."),
        }
        return messages.get(error.code) or self.env["pa.firma.dispositivo"]._message(error)
