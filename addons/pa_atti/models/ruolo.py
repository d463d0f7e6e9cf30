from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PaRuolo(models.Model):
    _name = "pa.ruolo"
    _description = "Role in a procedure"
    _inherit = ["pa.organigramma.mixin"]
    _order = "sequence, name"

    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    whole_body = fields.Boolean("For the whole body", help="Held once for the municipality, not office by office.")
    fallback_id = fields.Many2one(
        "pa.ruolo", "In absence", help="Who acts where nobody holds this role (for opinions: art. 49 c.2 TUEL)."
    )
    active = fields.Boolean(default=True)

    @api.constrains("fallback_id")
    def _check_fallback(self):
        if self._has_cycle("fallback_id"):
            raise ValidationError(self.env._("A role cannot, in the end, act in its own absence."))

    _code_unique = models.Constraint("UNIQUE (code)", "Two roles cannot have the same code.")
