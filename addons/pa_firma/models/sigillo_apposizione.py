from dataclasses import replace

from odoo import models
from odoo.exceptions import UserError

from ..tools import sign_file, two_phase_file


class PaFirmaSigillo(models.Model):
    """Applying the seal to a document, by the same two phases as persons' signatures: what a remote service answered is put on
    record before anything is made of it, so that nobody types a second code for the same bytes.

    The request is of the seal, not of the document: the same person may also have signed those bytes.
    """

    _name = "pa.firma.sigillo"
    _inherit = ["pa.firma.sigillo", "pa.firma.base"]

    def _for(self, documento):
        """This seal, about to be applied to this document."""
        return self.with_context(pa_firma_sealed=documento.id)

    def _documento(self):
        documento = self.env["pa.atto.documento"].browse(self.env.context.get("pa_firma_sealed") or ()).exists()
        if len(documento) != 1:
            raise UserError(self.env._("What was being signed is not there any more."))
        return documento

    def _firma_check_now(self):
        self._check_may_apply()
        documento = self._documento()
        documento._check_seal_copy()
        if self.company_id != documento.company_id:
            raise UserError(self.env._("This seal is of another body."))

    def _firma_given(self):
        return self._documento()._bytes()

    def _firma_says(self):
        says = self._signature_request(self.env._("Electronic seal"), self.company_id, "", self._documento().sha256)
        # The name of the body is public. Without a mark: nobody knows what the margin of the page holds.
        return replace(says, name=self.company_id.sudo().name, mark=None)

    def _firma_prepared(self, given, cert, chain):
        form = sign_file.possible_forms(given)[0]
        return self._documento()._file_prepared(given, cert, chain, self._firma_says(), form)

    def _firma_fill(self, given, prepared_data, signature, says):
        documento, form = self._documento(), two_phase_file.form_of(prepared_data)
        data = documento._file_filled(given, prepared_data, signature, says)
        report = documento._file_report(data, given, documento._file_content(), form)
        documento._check_seal_report(report)
        return data, {**report, "form": form}

    def _firma_use(self, request, outcome="", reason=False):
        return self._documento()._seal_store(request)
