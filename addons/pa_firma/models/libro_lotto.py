from odoo import api, models
from odoo.exceptions import UserError

from ..tools.errors import FirmaError
from ..tools.transaction import leave


class PaFirmaLibro(models.AbstractModel):
    """Many documents with one authorization of a remote service: all are prepared, then signed, then finished one by one."""

    _inherit = "pa.firma.libro"

    @api.model
    def _sign_batch(self, passo_ids, dispositivo, signer):
        """Outcomes of these steps. What the service signed is on record before anything is made of it."""
        prepared, outcomes = self._prepare_batch(passo_ids, dispositivo.id, signer)
        wanting = {passo_id: todo for passo_id, todo in prepared.items() if todo["to_sign"]}
        trouble = self._ask_batch(list(wanting.values()), dispositivo, signer)
        if trouble and len(wanting) == len(passo_ids) and not any(todo["signature"] for todo in wanting.values()):
            raise UserError(trouble)  # nothing was signed: it is said once
        ready = {}
        for passo_id, todo in prepared.items():
            if todo["to_sign"] and not todo["signature"]:
                outcomes[passo_id] = self._tell(passo_id, trouble, "waiting")
                continue
            ready[passo_id] = todo
        found = self._each(type(self)._finish_ready, list(ready.items()), self._atto_ids(ready))
        outcomes |= {outcome["passo_id"]: outcome for outcome in found}
        return [outcomes[passo_id] for passo_id in passo_ids]

    @api.model
    def _finish_ready(self, item):
        passo_id, todo = item
        _done, message = self._attempt(self._finish_batch, passo_id, todo["request_id"], todo["signature"])
        return self._tell(passo_id, message)

    @api.model
    def _prepare_batch(self, passo_ids, dispositivo_id, signer):
        """({step: what is to be signed}, {step: outcome} of those that are not): as many as one authorization gives."""
        prepared, outcomes, room = {}, {}, signer.at_once
        for passo_id in passo_ids:
            if not room:
                message = self.env._("The service signs %s documents with one code: this one waits for the next.", signer.at_once)
                outcomes[passo_id] = self._tell(passo_id, message, "waiting")
                continue
            todo, message = self._attempt(self._prepare_pending, passo_id, dispositivo_id, signer)
            if todo:
                prepared[passo_id] = todo
                room -= bool(todo["to_sign"])
            else:
                outcomes[passo_id] = self._tell(passo_id, message)
        return prepared, outcomes

    @api.model
    def _prepare_pending(self, env, passo_id, dispositivo_id, signer):
        passo = env["pa.atto.passo"].browse(passo_id)
        passo._firma_check_now()
        dispositivo = env["pa.firma.dispositivo"].browse(dispositivo_id)
        request, to_sign = passo._firma_prepare(dispositivo, signer.signing_cert, signer.chain, "pending")
        return {"request_id": request.id, "to_sign": to_sign, "signature": b""}

    @api.model
    def _ask_batch(self, todo, dispositivo, signer):
        """Have the service sign: each one's `signature` is set as it comes. Returns why not all came, if so."""
        Richiesta = self.env["pa.firma.richiesta"]
        leave(self.env)  # the service may take its time: no transaction stays open meanwhile
        trouble = ""
        try:
            for one, signature in zip(todo, signer.sign_each([one["to_sign"] for one in todo]), strict=False):
                one["signature"] = signature
        except FirmaError as error:
            trouble = dispositivo._message(error)
        Richiesta._keep_answers({one["request_id"]: one["signature"] for one in todo if one["signature"]})
        for one in todo:
            if not one["signature"]:
                Richiesta._close(one["request_id"], trouble)
        return trouble

    @api.model
    def _finish_batch(self, env, passo_id, request_id, signature):
        passo = env["pa.atto.passo"].browse(passo_id)
        # Requests are the procedure's record; it was prepared for this very person.
        request = env["pa.firma.richiesta"].sudo().browse(request_id)
        passo._firma_check_now()
        passo._firma_finish(request, signature, kept=bool(signature))
        passo._firma_use(request)
