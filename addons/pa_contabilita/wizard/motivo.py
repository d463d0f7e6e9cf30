from odoo import fields, models


class PaMotivo(models.TransientModel):
    """The control of TUEL art. 184 c.4 can be negative: a wrong invoice, an irregular DURC."""

    _inherit = "pa.motivo"

    action = fields.Selection(selection_add=[("negative_control", "Refuse the payment")], ondelete={"negative_control": "cascade"})

    def _compute_explanation(self):
        result = super()._compute_explanation()
        for wizard in self.filtered(lambda w: w.action == "negative_control"):
            wizard.explanation = self.env._(
                "Nothing is approved for payment and what the lines held is free again. The act stays enforceable."
            )
        return result

    def action_confirm(self):
        if self.action == "negative_control" and self.reason:
            self.passo_id.action_complete("contrario", self.reason)
            return {"type": "ir.actions.act_window_close"}
        return super().action_confirm()
