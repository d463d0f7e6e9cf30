from odoo import fields, models

from .titolo import SIDES


class PaMacroaggregato(models.Model):
    """Macroaggregato of spending; tipologia of revenue."""

    _name = "pa.macroaggregato"
    _inherit = ["pa.classificazione"]
    _description = "Macro-aggregate"
    _order = "side, code"

    side = fields.Selection(SIDES, required=True)
    titolo_id = fields.Many2one("pa.titolo", "Title", required=True, ondelete="restrict")

    _code_unique = models.Constraint("UNIQUE (side, code)", "This macro-aggregate exists already.")
