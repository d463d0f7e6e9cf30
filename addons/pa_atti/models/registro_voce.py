from odoo import api, fields, models


class PaRegistroVoce(models.Model):
    """One number given: never changed, never deleted."""

    _name = "pa.registro.voce"
    _description = "Register entries"
    _inherit = ["pa.sigillo.mixin"]
    _order = "year desc, number desc"

    _create_only_sealed = True

    registro_id = fields.Many2one("pa.registro", "Register", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="registro_id.company_id", store=True, precompute=True)
    year = fields.Integer(required=True, aggregator=None)
    number = fields.Integer(required=True, aggregator=None)
    date = fields.Date(required=True)
    atto_id = fields.Many2one("pa.atto", "Act", ondelete="restrict", index="btree_not_null")
    payload = fields.Text(required=True, help="What the entry says, as it was when the number was given.")
    previous_hash = fields.Char(required=True)
    hash = fields.Char(required=True)
    hash_version = fields.Integer(required=True)

    _number_unique = models.UniqueIndex("(registro_id, year, number)", "This number was given already.")

    @api.depends("registro_id", "number", "year")
    def _compute_display_name(self):
        for voce in self:
            voce.display_name = f"{voce.registro_id.code} {voce.number}/{voce.year}"

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("A number once given is never deleted.")]
