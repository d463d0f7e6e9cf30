from odoo import api, fields, models


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
    original_ids = fields.Many2many("pa.atto.documento", compute="_compute_original_ids")
    original_id = fields.Many2one("pa.atto.documento", "Version with omissis of")

    @api.depends("atto_id")
    def _compute_original_ids(self):
        for wizard in self:
            wizard.original_ids = wizard.atto_id.documento_ids.filtered(
                lambda d: d.kind == "allegato" and d.visibility != "omissis"
            )

    def action_confirm(self):
        """Store it."""
        self.ensure_one()
        original = self.original_id if self.visibility == "omissis" else self.original_id.browse()
        self.atto_id.add_attachment(
            self.name or "allegato", self.with_context(bin_size=False).file, self.visibility, original.id
        )
        return {"type": "ir.actions.act_window_close"}
