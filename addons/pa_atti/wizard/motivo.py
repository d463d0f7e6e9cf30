from odoo import fields, models


class PaMotivo(models.TransientModel):
    """Asks the reason of an outcome."""

    _name = "pa.motivo"
    _description = "Reason of an outcome"

    atto_id = fields.Many2one("pa.atto")
    passo_id = fields.Many2one("pa.atto.passo")
    action = fields.Selection(
        [
            ("favorevole_osservazioni", "Favourable with remarks"), ("contrario", "Contrary"), ("return", "Send back"),
            ("reject", "Reject"), ("abandon", "Withdraw"), ("conflict", "Declare a conflict of interest"),
        ],
        required=True,
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Do it, with the reason."""
        self.ensure_one()
        calls = {
            "return": lambda: self.passo_id.action_return(self.reason),
            "reject": lambda: self.passo_id.action_reject(self.reason),
            "conflict": lambda: self.passo_id.action_declare_conflict(self.reason),
            "abandon": lambda: self.atto_id.action_abandon(self.reason),
        }
        calls.get(self.action, lambda: self.passo_id.action_complete(self.action, self.reason))()
        return {"type": "ir.actions.act_window_close"}
