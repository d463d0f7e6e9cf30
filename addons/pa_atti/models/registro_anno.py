from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import catena


class PaRegistroAnno(models.Model):
    """The counter of one register in one year, with the hash of its last entry."""

    _name = "pa.registro.anno"
    _description = "Register's year"
    _inherit = ["pa.sigillo.mixin"]
    _order = "year desc"

    registro_id = fields.Many2one("pa.registro", required=True, ondelete="restrict", index=True)
    year = fields.Integer(required=True)
    first_number = fields.Integer(required=True, default=1, help="Where numbering begins: after the switch from paper.")
    last_number = fields.Integer(required=True, readonly=True)
    last_hash = fields.Char(required=True, readonly=True)

    _first_positive = models.Constraint("CHECK (first_number >= 1)", "Numbering begins at 1 or later.")
    _year_unique = models.Constraint("UNIQUE (registro_id, year)", "A register has one counter a year.")

    def _sealed_initial(self):
        return {"last_number": 0, "last_hash": catena.GENESIS}

    def _frozen_fields(self):
        return {"registro_id", "year", "first_number"}

    @api.model_create_multi
    def create(self, vals_list):
        anni = super().create(vals_list)
        for anno in anni:
            self.env.cr.execute(
                SQL("UPDATE pa_registro_anno SET last_number = %s WHERE id = %s", anno.first_number - 1, anno.id)
            )
        anni.invalidate_recordset(["last_number"], flush=False)
        return anni

    def _check_unlink_allowed(self):
        return [self.env._("A register's year is never deleted.")]
