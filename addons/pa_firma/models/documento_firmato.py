import base64
from dataclasses import replace

from odoo import models
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError

from ..tools import prepare, sign_file, two_phase_file
from ..tools.errors import FirmaError
from ..tools.facts import SEVERITY
from ..tools.transaction import leave


class PaAttoDocumento(models.Model):
    """Making, accepting and storing the signature of an attachment, by any way to sign."""

    _inherit = "pa.atto.documento"

    # The two-phase port -------------------------------------------------------------------------------------------

    def _firma_check_now(self):
        self._check_file_signing()

    def _firma_given(self):
        return self._bytes()

    def _firma_says(self):
        # without a mark: nobody knows what the margin of a document made elsewhere holds
        return replace(self._signature_request(self.name, self.company_id, "", self.sha256), mark=None)

    def _firma_prepare(self, dispositivo, cert, chain=(), state="prepared"):
        self._forget_other_form(self.env.context.get("pa_firma_form"))
        return super()._firma_prepare(dispositivo, cert, chain, state)

    def _firma_prepared(self, given, cert, chain):
        return self._file_prepared(given, cert, chain, self._firma_says(), self.env.context.get("pa_firma_form"))

    def _firma_fill(self, given, prepared_data, signature, says):
        data = self._file_filled(given, prepared_data, signature, says)
        return self._file_checked(data, given, two_phase_file.form_of(prepared_data))

    def _file_prepared(self, given, cert, chain, says, form):
        """First phase, whoever signs or seals."""
        try:
            return two_phase_file.prepare_file(given, cert, chain, says, form, self._file_content(), prepare.prepare_pdf)
        except FirmaError as error:
            raise UserError(self._file_message(error)) from None

    def _file_filled(self, given, prepared_data, signature, says):
        """The bytes that the second phase makes, not yet verified."""
        content = self._file_content()
        leave(self.env)
        try:
            return two_phase_file.finish_file(prepared_data, given, signature, says, content)
        except FirmaError as error:
            refusal = UserError(self._file_message(error))
            refusal.pa_code = error.code
            raise refusal from None

    def _firma_use(self, request, outcome="", reason=False):
        return self._file_store(request)

    def _forget_other_form(self, form):
        """An earlier attempt in another form is not what is asked now."""
        Richiesta = self.env["pa.firma.richiesta"]
        earlier = Richiesta._find(self, self.env.user, self.sha256).with_context(bin_size=False)
        kept = base64.b64decode(earlier.prepared_data or b"")
        waiting = two_phase_file.form_of(kept) if kept else (earlier.report or {}).get("form")
        if earlier.state != "used" and waiting and waiting != form:
            Richiesta._close(earlier.id, self.env._("Signed again in another form."), settled=("used",))

    # What is accepted ---------------------------------------------------------------------------------------------

    def _file_checked(self, data, given, form):
        """(data, report) when `data` is the file given with this person's valid signature added; refuses otherwise."""
        if self.env["pa.firma.richiesta"]._used_elsewhere(self, data):
            raise UserError(self.env._("This very file already completed another step: sign again."))
        report = self._file_report(data, given, self._file_content(), form)
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

    def _file_store(self, request):
        """The signed file as a document of the act, and its signature on record."""
        self.atto_id._lock()
        self._check_file_signing()  # a request may have waited since an earlier attempt
        if reasons := self._reasons_file_report(request.report):
            raise UserError("\n".join(reasons))
        base, form = self, request.report["form"]
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

    def _file_message(self, error):
        messages = {
            "already_signed": self.env._("You already signed this file."),
            "form": self.env._("This file is not signed in that form."),
            "unsafe_xml": self.env._("The XML has a document type declaration, which is refused: sign it as .p7m."),
            "malformed": self.env._("The file cannot be read: sign it as .p7m."),
        }
        return messages.get(error.code) or self.env["pa.firma.dispositivo"]._message(error)
