from odoo import api, fields, models


class PaVoto(models.TransientModel):
    """Asks the vote by which a resolution is declared immediately enforceable."""

    _name = "pa.voto"
    _description = "Vote of the body"

    passo_id = fields.Many2one("pa.atto.passo", required=True)
    urgency = fields.Char()
    components = fields.Integer("Members of the body", help="All of them, the mayor counted.")
    present = fields.Integer()
    votes = fields.Integer("In favour of immediate enforceability")
    contrary = fields.Boolean(compute="_compute_contrary")
    reason = fields.Text("Why the body departs from the opinion")

    @api.depends("passo_id")
    def _compute_contrary(self):
        for wizard in self:
            wizard.contrary = bool(wizard.passo_id) and wizard.passo_id._needs_motivation()

    def action_confirm(self):
        self.ensure_one()
        self.passo_id.action_vote(self.urgency or "", self.components, self.present, self.votes, self.reason)
        return {"type": "ir.actions.act_window_close"}
