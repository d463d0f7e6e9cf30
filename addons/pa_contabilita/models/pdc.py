from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .titolo import SIDES


class PaPdc(models.Model):
    """Piano dei conti finanziario, level 5 (= SIOPE): D.Lgs. 118/2011 art. 4 and All. 6."""

    _name = "pa.pdc"
    _inherit = ["pa.classificazione"]
    _description = "Financial chart of accounts code"
    _order = "side, code"

    side = fields.Selection(SIDES, required=True)
    titolo_id = fields.Many2one("pa.titolo", "Title", ondelete="restrict")
    macroaggregato_id = fields.Many2one("pa.macroaggregato", "Macro-aggregate", ondelete="restrict")
    unofficial = fields.Boolean(
        "Not in the official list", readonly=True, help="Met in imported data of a past year, absent from the list in force."
    )

    _code_unique = models.Constraint("UNIQUE (side, code)", "This code exists already.")

    @api.constrains("code")
    def _check_code(self):
        for pdc in self:
            if not self._valid_code(pdc.code):
                raise ValidationError(self.env._("%s is not a level 5 code (for instance 1.03.02.11.006).", pdc.code))

    @api.model
    def _valid_code(self, code):
        parts = (code or "").split(".")
        return [len(part) for part in parts] == [1, 2, 2, 2, 3] and all(part.isdecimal() for part in parts)

    @api.model
    def _macro_code(self, side, code):
        """Code of the macroaggregato (``103``) or of the tipologia (``1101``, ``3100``) of a level 5 code."""
        one, two, three, *_rest = code.split(".")
        if side == "expense":
            return one + two
        return one + two[-1] + (three if one in "12" else "00")

    @api.model
    def _classify(self, side, code):
        """Titolo and macroaggregato that a level 5 code belongs to."""
        titolo = self.env["pa.titolo"].search([("side", "=", side), ("code", "=", code[0])])
        macro = self.env["pa.macroaggregato"].search([("side", "=", side), ("code", "=", self._macro_code(side, code))])
        return {"titolo_id": titolo.id, "macroaggregato_id": macro.id}
