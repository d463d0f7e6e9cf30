from odoo import fields, models


class PaAllega(models.TransientModel):
    """Adds an attachment to an act."""

    _name = "pa.allega"
    _description = "Add an attachment"

    atto_id = fields.Many2one("pa.atto", required=True)
    file = fields.Binary(required=True, attachment=False)
    name = fields.Char()
    visibility = fields.Selection(
        [("pubblico", "Public"), ("riservato", "Reserved"), ("omissis", "Public with omissis")],
        required=True, default="pubblico",
    )

    def action_confirm(self):
        """Store it."""
        self.ensure_one()
        self.atto_id.add_attachment(self.name or "allegato", self.with_context(bin_size=False).file, self.visibility)
        return {"type": "ir.actions.act_window_close"}
