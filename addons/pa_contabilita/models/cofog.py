from odoo import fields, models


class PaCofog(models.Model):
    """Functional classification of the United Nations, part of the transazione elementare (118 art. 5)."""

    _name = "pa.cofog"
    _inherit = ["pa.classificazione"]
    _description = "COFOG function"

    level = fields.Integer(required=True, default=3)

    _code_unique = models.Constraint("UNIQUE (code)", "This COFOG code exists already.")
