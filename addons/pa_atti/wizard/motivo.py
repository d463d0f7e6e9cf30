from odoo import api, fields, models
from odoo.exceptions import UserError

OPINIONS = [("favorevole", "Favourable"), ("favorevole_osservazioni", "Favourable with remarks"), ("contrario", "Contrary")]


class PaMotivo(models.TransientModel):
    """Asks how a step ends, and why."""

    _name = "pa.motivo"
    _description = "Outcome of a step"

    atto_id = fields.Many2one("pa.atto")
    passo_id = fields.Many2one("pa.atto.passo")
    action = fields.Selection(
        [
            ("opinion", "Give the opinion"), ("favorevole_osservazioni", "Favourable with remarks"), ("contrario", "Contrary"),
            ("return", "Send back"), ("reject", "Reject"), ("abandon", "Withdraw"),
            ("conflict", "Declare a conflict of interest"), ("motivate", "Why the body departs from the opinion"),
        ],
        required=True,
    )
    outcome = fields.Selection(OPINIONS, default="favorevole")
    reason = fields.Text()
    back_ids = fields.Many2many("pa.atto.passo", compute="_compute_back_ids")
    back_id = fields.Many2one("pa.atto.passo", "Back to", compute="_compute_back_id", store=True, readonly=False)
    explanation = fields.Char(compute="_compute_explanation")

    @api.depends("passo_id")
    def _compute_back_ids(self):
        for wizard in self:
            wizard.back_ids = wizard.passo_id._return_targets() if wizard.passo_id else False

    @api.depends("passo_id")
    def _compute_back_id(self):
        for wizard in self:
            wizard.back_id = wizard.back_ids[:1]

    @api.depends("action")
    def _compute_explanation(self):
        texts = {
            "return": self.env._("The act goes back to the step that you choose. What was done stays on record, the numbers stay."),
            "reject": self.env._("The act ends here, without effect. The numbers given stay given."),
            "abandon": self.env._("The act is withdrawn, without effect. The numbers given stay given."),
            "conflict": self.env._("Art. 6-bis L. 241/1990: the step passes to who substitutes you, and you no longer act on it."),
            "motivate": self.env._("An opinion is contrary: the body may depart from it, saying why (art. 49 c.4 TUEL)."),
            "contrario": self.env._("The visa is refused: the act goes back to drafting with your reason."),
        }
        for wizard in self:
            wizard.explanation = texts.get(wizard.action, "")

    def action_confirm(self):
        """Do it, with the reason."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason and not (self.action == "opinion" and self.outcome == "favorevole"):
            raise UserError(self.env._("Give the reason: it goes on record."))
        calls = {
            "opinion": lambda: self.passo_id.action_complete(self.outcome, reason),
            "return": lambda: self.passo_id.action_return(reason, self.back_id.id),
            "reject": lambda: self.passo_id.action_reject(reason),
            "conflict": lambda: self.passo_id.action_declare_conflict(reason),
            "motivate": lambda: self.passo_id.action_complete("done", reason),
            "abandon": lambda: self.atto_id.action_abandon(reason),
        }
        calls.get(self.action, lambda: self.passo_id.action_complete(self.action, reason))()
        return {"type": "ir.actions.act_window_close"}
