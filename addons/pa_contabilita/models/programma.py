from odoo import fields, models


class PaProgramma(models.Model):
    """Programma of the budget (All. 14 D.Lgs. 118/2011): the unit that the Consiglio votes."""

    _name = "pa.programma"
    _inherit = ["pa.classificazione"]
    _description = "Programme"

    missione_id = fields.Many2one("pa.missione", "Mission", required=True, ondelete="restrict")

    _code_unique = models.Constraint("UNIQUE (code)", "This programme exists already.")
