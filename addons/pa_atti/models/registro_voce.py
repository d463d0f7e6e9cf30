from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import catena

_FORGOTTEN = {"pa.registro.anno": ["last_number", "last_hash"], "pa.registro": ["voce_ids"], "pa.atto": ["voce_ids"]}


class PaRegistroVoce(models.Model):
    """One number given: never changed, never deleted. Written by SQL together with its register's counter."""

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

    @api.model
    def _insert(self, anno_id, common, entries):
        """Write ``entries`` (number, text, hash before, hash) and leave the last hash with the year's counter: one statement."""
        now, uid = self.env.cr.now(), self.env.uid
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                common["registro_id"], common["company_id"], common["year"], common["date"], common["atto_id"],
                number, text, previous, digest, catena.VERSION, uid, now, uid, now,
            )
            for number, text, previous, digest in entries
        )
        self.env.cr.execute(
            SQL(
                "WITH counter AS (UPDATE pa_registro_anno SET last_hash = %s WHERE id = %s) "
                "INSERT INTO pa_registro_voce (registro_id, company_id, year, date, atto_id, number, payload, previous_hash, "
                "hash, hash_version, create_uid, create_date, write_uid, write_date) VALUES %s",
                entries[-1][-1], anno_id, rows,
            )
        )
        for model, names in _FORGOTTEN.items():
            self.env[model].invalidate_model(names, flush=False)

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("A number once given is never deleted.")]
