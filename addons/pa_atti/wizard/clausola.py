from odoo import api, fields, models

from ..tools import segnaposto


class PaInserisciClausola(models.TransientModel):
    """Puts a reusable clause in its part of the act, showing first how it will read."""

    _name = "pa.inserisci.clausola"
    _description = "Insert a clause"

    atto_id = fields.Many2one("pa.atto", required=True)
    tipo_id = fields.Many2one(related="atto_id.tipo_id")
    clausola_id = fields.Many2one("pa.clausola", "Clause", required=True)
    section = fields.Selection(related="clausola_id.section", string="Goes into")
    preview = fields.Html("How it will read", compute="_compute_preview", sanitize=False)
    missing = fields.Char("To be filled in by hand", compute="_compute_preview")

    @api.depends("clausola_id", "atto_id")
    def _compute_preview(self):
        for wizard in self:
            values = wizard.atto_id._placeholder_values() if wizard.atto_id else {}
            # Both the clause (when saved) and the values (when filled in) are made safe already.
            wizard.preview = segnaposto.fill(wizard.clausola_id.text, values)
            wizard.missing = ", ".join("{%s}" % name for name in segnaposto.unresolved(wizard.preview))

    def action_confirm(self):
        """Append it."""
        self.ensure_one()
        self.atto_id.action_add_clause(self.clausola_id.id)
        return {"type": "ir.actions.act_window_close"}
