import base64
import hashlib

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import prepare, two_phase
from ..tools.errors import FirmaError
from ..tools.transaction import leave
from .richiesta import PREPARED_MINUTES


class PaFirmaBase(models.AbstractModel):
    """Two phases for every way to sign: prepare what the key must sign, then make the signed file of its answer.

    Between them nothing is held: the key may be on somebody's desk, the request waits in the database.
    """

    _inherit = "pa.firma.base"

    def _firma_check_now(self):
        """Raise with the reasons why the current user cannot sign this now."""
        raise NotImplementedError

    def _firma_given(self):
        """The bytes to add a signature to."""
        raise NotImplementedError

    def _firma_says(self):
        """The `SignatureRequest` of the current user's signature on this."""
        raise NotImplementedError

    def _firma_use(self, request, outcome="", reason=False):
        """Make of the signed bytes what they are for: the step goes on."""
        raise NotImplementedError

    def _firma_prepare(self, dispositivo, cert, chain=(), state="prepared"):
        """First phase, put on record: (request, bytes that the key must sign). No bytes where the signature is there already.

        :param state: `prepared` when somebody answers later, `pending` when this very call goes on to sign
        """
        given = self._firma_given()
        Richiesta, digest = self.env["pa.firma.richiesta"], hashlib.sha256(given).hexdigest()
        request = Richiesta._find(self, self.env.user, digest)
        if request.kind == dispositivo.kind and request._key_has_answered():
            return request, b""
        try:
            prepared = self._firma_prepared(given, cert, chain)
        except FirmaError as error:
            raise UserError(dispositivo._message(error)) from None
        request_id = Richiesta._begin(
            self,
            dispositivo.kind,
            digest,
            state=state,
            **dispositivo._request_vals(),
            prepared_data=base64.b64encode(prepared.dumps()),
            prepared_until=fields.Datetime.add(fields.Datetime.now(), minutes=PREPARED_MINUTES),
        )
        # Requests are the procedure's record; the caller was checked on the step.
        return Richiesta.sudo().browse(request_id), prepared.to_sign

    def _firma_prepared(self, given, cert, chain):
        """What is prepared of the bytes given: it has `to_sign`, for the key, and `dumps()`, for the time in between."""
        ours = two_phase.prepare_pdf if self._firma_made_here() else prepare.prepare_pdf
        return ours(given, cert, chain, self._firma_says())

    def _firma_made_here(self):
        """Whether these bytes were rendered and signed here: what comes from elsewhere is read in a process of its own."""
        return False

    def _firma_made(self, dispositivo, signer):
        """Both phases at once, with an open signer: the request with the signed bytes."""
        request, to_sign = self._firma_prepare(dispositivo, signer.signing_cert, signer.chain, "pending")
        signature = b""
        if to_sign:
            leave(self.env)
            try:
                [signature] = signer.sign_each([to_sign])
            except FirmaError as error:
                request._close(request.id, refusal := UserError(dispositivo._message(error)))
                raise refusal from None
        self._firma_finish(request, signature)
        return request

    def _firma_finish(self, request, signature=b"", kept=False):
        """Second phase: verified signed bytes on record, or a closed request that says why not.

        :param signature: of the key; the one kept from an attempt that was cut short when empty
        :param kept: the caller has already put it on record
        """
        if request.state == "signed":
            return
        given, stored = self._firma_given(), request.with_context(bin_size=False)
        if hashlib.sha256(given).hexdigest() != request.base_sha256:
            raise UserError(self.env._("The document has changed since it was prepared: prepare it again."))
        signature = base64.b64decode(stored.raw_signature or b"") or signature
        prepared_data, says = base64.b64decode(stored.prepared_data or b""), self._firma_says()
        # from here on this answer is spent, whatever comes of it
        if not kept and not request._keep_answers({request.id: signature}):
            raise UserError(self.env._("This document is already being signed: wait for the outcome."))
        leave(self.env)
        try:
            data, report = self._firma_fill(given, prepared_data, signature, says)
        except UserError as error:
            request._close(request.id, error, keep=getattr(error, "pa_code", "") == "timestamp")
            raise
        request._end_signed(request.id, data, report)

    def _firma_fill(self, given, prepared_data, signature, says):
        try:
            prepared = two_phase.Prepared.loads(prepared_data, given)
            data = two_phase.finish_pdf(prepared, signature, says)
        except FirmaError as error:
            refusal = UserError(self.env["pa.firma.dispositivo"]._message(error))
            refusal.pa_code = error.code
            raise refusal from None
        return self._firma_checked(data, given)
