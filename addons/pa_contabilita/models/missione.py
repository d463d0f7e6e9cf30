from odoo import models


class PaMissione(models.Model):
    """Missione of the budget (All. 14 D.Lgs. 118/2011)."""

    _name = "pa.missione"
    _inherit = ["pa.classificazione"]
    _description = "Mission"

    _code_unique = models.Constraint("UNIQUE (code)", "This mission exists already.")
