from odoo import api, models
from odoo.exceptions import UserError

OUTCOMES = ("returned", "rejected")


class PaFirmaLibro(models.AbstractModel):
    """Declared refusal: who does not sign says why, for one document or for several with the same reason."""

    _inherit = "pa.firma.libro"

    @api.model
    def refuse(self, passo_ids, outcome, reason):
        """Refuse to sign these steps' documents; the reason goes on record with each step.

        :param outcome: ``returned`` (the act goes back to drafting) or ``rejected`` (it ends here)
        :return: a list of ``{passo_id, state, message}``, state being the outcome, or ``refused`` when it could not be done
        """
        self._check_chosen(passo_ids)
        if outcome not in OUTCOMES:
            raise UserError(self.env._("%s is not an outcome.", outcome))
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason: it goes on record."))
        return [self._refuse_one(passo_id, outcome, reason.strip()) for passo_id in passo_ids]

    @api.model
    def _refuse_one(self, passo_id, outcome, reason):
        _done, message = self._attempt(self._refuse_step, passo_id, outcome, reason)
        return {"passo_id": passo_id, "state": "refused" if message else outcome, "message": message}

    @api.model
    def _refuse_step(self, env, passo_id, outcome, reason):
        passo = env["pa.atto.passo"].browse(passo_id).exists()
        if passo.kind not in ("firma", "visto"):
            raise UserError(env._("This step is not a signature."))
        passo.check_access("read")
        if outcome == "rejected":
            return passo.action_reject(reason)
        return passo.action_return(reason)
