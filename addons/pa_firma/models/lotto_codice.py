from odoo import api, models
from odoo.exceptions import UserError

from ..tools.errors import FirmaError
from ..tools.transaction import leave


class PaFirmaLotto(models.AbstractModel):
    """Many documents with one authorization of a remote service: all are prepared, then signed, then finished one by one."""

    _inherit = "pa.firma.lotto"

    @api.model
    def _sign_batch(self, items, device, signer):
        """Outcomes of these items. What the service signed is on record before anything is made of it."""
        prepared, outcomes = self._prepare_batch(items, device.id, signer)
        wanting = {item: todo for item, todo in prepared.items() if todo["to_sign"]}
        trouble = self._ask_batch(list(wanting.values()), device, signer)
        if trouble and len(wanting) == len(items) and not any(todo["signature"] or todo.get("elsewhere") for todo in wanting.values()):
            raise UserError(trouble)  # nothing was signed: it is said once
        ready = {}
        for item, todo in prepared.items():
            if todo.get("elsewhere"):
                outcomes[item] = self._tell(item, self.env._("This document is already being signed: wait for the outcome."))
                continue
            if todo["to_sign"] and not todo["signature"]:
                outcomes[item] = self._tell(item, trouble, "waiting")
                continue
            ready[item] = todo
        found = self._each(type(self)._finish_ready, list(ready.items()), self._atto_ids(ready))
        outcomes |= dict(zip(ready, found, strict=True))
        return [outcomes[item] for item in items]

    @api.model
    def _finish_ready(self, one):
        item, todo = one
        _done, message = self._attempt(self._finish_batch, item, todo)
        return self._tell(item, message)

    @api.model
    def _prepare_batch(self, items, device_id, signer):
        """({item: what is to be signed}, {item: outcome} of those that are not): as many as one authorization gives."""
        prepared, outcomes, room = {}, {}, signer.at_once
        for item in items:
            if not room:
                message = self.env._("The service signs %s documents with one code: this one waits for the next.", signer.at_once)
                outcomes[item] = self._tell(item, message, "waiting")
                continue
            todo, message = self._attempt(self._prepare_pending, item, device_id, signer)
            if todo:
                prepared[item] = todo
                room -= bool(todo["to_sign"])
            else:
                outcomes[item] = self._tell(item, message)
        return prepared, outcomes

    @api.model
    def _prepare_pending(self, env, item, device_id, signer):
        origin, device = self._origin(env, item, device_id), self._device(env, device_id)
        origin._firma_check_now()
        request, to_sign = origin._firma_prepare(device, signer.signing_cert, signer.chain, "pending")
        return {"request_id": request.id, "device_id": device_id, "to_sign": to_sign, "signature": b""}

    @api.model
    def _ask_batch(self, todo, device, signer):
        """Have the service sign: each one's `signature` is set as it comes. Returns why not all came, if so."""
        Richiesta = self.env["pa.firma.richiesta"]
        leave(self.env)  # the service may take its time: no transaction stays open meanwhile
        trouble = ""
        try:
            for one, signature in zip(todo, signer.sign_each([one["to_sign"] for one in todo]), strict=False):
                one["signature"] = signature
        except FirmaError as error:
            trouble = device._message(error)
        signed = {one["request_id"]: one["signature"] for one in todo if one["signature"]}
        mine = Richiesta._keep_answers(signed)
        for one in todo:
            if one["request_id"] not in signed:
                Richiesta._close(one["request_id"], trouble)
            elif one["request_id"] not in mine:  # another call of the same person was quicker: that one finishes it
                one |= {"signature": b"", "elsewhere": True}
        return trouble

    @api.model
    def _finish_batch(self, env, item, todo):
        origin = self._origin(env, item, todo["device_id"])
        # Requests are the procedure's record; it was prepared for this very person.
        request = env["pa.firma.richiesta"].sudo().browse(todo["request_id"])
        origin._firma_check_now()
        origin._firma_finish(request, todo["signature"], kept=bool(todo["signature"]))
        origin._firma_use(request)
