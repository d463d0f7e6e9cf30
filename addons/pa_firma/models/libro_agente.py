import base64

from odoo import api, models
from odoo.exceptions import UserError

from ..tools import sign_file, two_phase, two_phase_file
from ..tools.errors import FirmaError


class PaFirmaLibro(models.AbstractModel):
    """What the local agent needs of the documents that it signs (docs/agent-protocol.md)."""

    _inherit = "pa.firma.libro"

    @api.model
    def prepared_content(self, richiesta_id):
        """What a prepared signature covers, for the local agent that computes its hashes again.

        :return: ``{content, document_size, certificate_sha256}``: base64 of the file without the signature's hole, how many of
            its first bytes are the document given to be signed, and with which certificate; no content where the
            signature covers something else than the file given (what an envelope made by others holds)
        """
        # Requests are the procedure's record; it is told only of one's own.
        Richiesta = self.env["pa.firma.richiesta"].sudo()
        domain = [("id", "=", richiesta_id), ("user_id", "=", self.env.uid), ("state", "=", "prepared")]
        request = Richiesta.search(domain) if isinstance(richiesta_id, int) and 0 < richiesta_id < 2**31 else Richiesta
        if not request:
            raise UserError(self.env._("There is no such request among yours."))
        origin = request._record_to_sign().sudo(False)
        origin._firma_check_now()
        given = origin._firma_given()
        prepared_data = base64.b64decode(request.with_context(bin_size=False).prepared_data)
        try:
            content = self._prepared_covers(prepared_data, given)
        except FirmaError as error:
            raise UserError(request.dispositivo_id._message(error)) from None
        return {
            "content": base64.b64encode(content).decode(),
            "document_size": len(given),
            "certificate_sha256": request.dispositivo_id.certificate_sha256,
        }

    @api.model
    def _prepared_covers(self, prepared_data, given):
        form = two_phase_file.form_of(prepared_data) or sign_file.PADES
        if form == sign_file.XADES:
            raise UserError(self.env._("With one's own card an XML file is signed as .p7m: choose that form."))
        if form == sign_file.PADES:
            return two_phase.Prepared.loads(prepared_data, given).content
        return b"" if sign_file.kind(given) == "cms" else given
