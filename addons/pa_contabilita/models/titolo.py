from odoo import fields, models
from odoo.exceptions import UserError

SIDES = [("expense", "Expense"), ("income", "Revenue")]


class PaTitolo(models.Model):
    """Titolo of the budget, of revenue or of spending."""

    _name = "pa.titolo"
    _inherit = ["pa.classificazione"]
    _description = "Budget title"
    _order = "side, code"

    side = fields.Selection(SIDES, required=True)
    no_ceiling = fields.Boolean(
        "Without ceiling",
        help="Conto terzi, partite di giro and repayment of treasury advances have no spending limit (TUEL art. 164 c.2).",
    )

    def write(self, vals):
        if "no_ceiling" in vals and not self.env.su:
            raise UserError(self.env._("Which titles have no ceiling is said by the law (TUEL art. 164 c.2)."))
        return super().write(vals)

    _code_unique = models.Constraint("UNIQUE (side, code)", "This title exists already.")
