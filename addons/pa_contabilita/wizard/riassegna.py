from odoo import fields, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.exceptions import UserError


class PaCapitoloRiassegna(models.TransientModel):
    """Chapters pass to another office from a year on; past years stay with who held them."""

    _name = "pa.capitolo.riassegna"
    _description = "Change of the office in charge"

    capitolo_ids = fields.Many2many(
        "pa.capitolo", string="Chapters", required=True, default=lambda self: self.env.context.get("active_ids"),
    )
    department_id = fields.Many2one("hr.department", "To office", required=True)
    year_from = fields.Integer("From year", required=True, default=lambda self: today().year)

    def action_confirm(self):
        self.ensure_one()
        self.capitolo_ids.check_access("write")
        if not today().year <= self.year_from <= today().year + 10:
            raise UserError(self.env._("Past years stay with who held them: give this year or a later one."))
        self.capitolo_ids._reassign(self.department_id, self.year_from)
        return {"type": "ir.actions.act_window_close"}
