from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import catena
from ..tools.seal import sealed_create


class PaRegistro(models.Model):
    """A numbering series: gapless, by year, each entry chained to the one before."""

    _name = "pa.registro"
    _description = "Register"
    _inherit = ["pa.sigillo.mixin"]
    _order = "kind, code"

    code = fields.Char(required=True)
    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("proposte", "Proposals"),
            ("settore", "Sector"),
            ("generale", "General"),
            ("organo", "Body"),
            ("altro", "Other"),
        ],
        required=True,
    )
    department_id = fields.Many2one("hr.department", "Office", ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    anno_ids = fields.One2many("pa.registro.anno", "registro_id", "Years")
    active = fields.Boolean(default=True)
    voce_ids = fields.One2many("pa.registro.voce", "registro_id", "Entries", readonly=True)

    _code_unique = models.UniqueIndex("(company_id, code)", "Two registers cannot have the same code.")

    def _sealed_initial(self):
        return {"voce_ids": False}

    def _used(self):
        # Entries count also when they are of acts that the user may not see.
        return bool(self.env["pa.registro.voce"].sudo().search_count([("registro_id", "=", self.id)], limit=1))

    def _frozen_fields(self):
        """The code is in every entry's hash; a register that gave numbers keeps its place."""
        return {"code", "kind", "department_id", "company_id", "active"} if self._used() else set()

    def _check_unlink_allowed(self):
        return [self.env._("%s gave numbers: it is never deleted.", self.name)] if self._used() else []

    _general_unique = models.UniqueIndex(
        "(company_id, kind) WHERE kind IN ('generale', 'proposte')", "A body has one register of this kind."
    )
    _settore_unique = models.UniqueIndex(
        "(company_id, department_id) WHERE kind = 'settore'", "An office has one register of its own."
    )

    def _year_counter(self, year):
        """The counter's row, created with the configured first number when the year begins."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO pa_registro_anno (registro_id, year, first_number, last_number, last_hash) "
                "VALUES (%s, %s, 1, 0, %s) ON CONFLICT (registro_id, year) DO NOTHING",
                self.id, year, catena.GENESIS,
            )
        )

    def _advance_counter(self, year):
        """(id of the counter, next number, hash of the entry before), or None when the year has not begun."""
        self.env.cr.execute(
            SQL(
                "UPDATE pa_registro_anno SET last_number = last_number + 1 WHERE registro_id = %s AND year = %s "
                "RETURNING id, last_number, last_hash",
                self.id, year,
            )
        )
        return self.env.cr.fetchone()

    def _begin_after(self, year, number):
        """Numbers up to ``number`` were given elsewhere: a series that has not begun yet goes on from there."""
        self.ensure_one()
        self.env.flush_all()
        self._year_counter(year)
        self.env.cr.execute(
            SQL(
                "UPDATE pa_registro_anno SET first_number = %s, last_number = %s WHERE registro_id = %s AND year = %s "
                "AND last_hash = %s AND last_number < %s",
                number + 1, number, self.id, year, catena.GENESIS, number,
            )
        )
        self.env["pa.registro.anno"].invalidate_model(["first_number", "last_number"])

    def _take(self, date, atto=None, payload=None, year=None):
        """The next number, in this transaction, as a chained entry of ``date``; of the series of ``year``, by default its own."""
        self.ensure_one()
        year = year or date.year
        self.env.flush_all()
        row = self._advance_counter(year)
        if not row:
            self._year_counter(year)
            row = self._advance_counter(year)
        anno_id, number, previous = row
        text = catena.canonical(payload or {})
        digest = catena.entry_hash(previous, self.code, year, number, date, text)
        self.env.cr.execute(SQL("UPDATE pa_registro_anno SET last_hash = %s WHERE id = %s", digest, anno_id))
        self.env["pa.registro.anno"].invalidate_model(["last_number", "last_hash"])
        # Numbers are taken by transitions on behalf of users who may not write in registers.
        return sealed_create(
            self.env["pa.registro.voce"].sudo(),
            [{
                "registro_id": self.id, "year": year, "number": number, "date": date, "payload": text,
                "atto_id": atto.id if atto else False, "previous_hash": previous, "hash": digest,
                "hash_version": catena.VERSION,
            }],
        )

    def _verify(self, year):
        """Problems of the chain of ``year``: gaps, duplicates, altered entries, a counter that does not agree."""
        self.ensure_one()
        # Verification reads the whole register, whoever asks for it.
        voci = self.env["pa.registro.voce"].sudo().search(
            [("registro_id", "=", self.id), ("year", "=", year)], order="number"
        )
        anno = self.env["pa.registro.anno"].sudo().search([("registro_id", "=", self.id), ("year", "=", year)])
        expected, previous, problems = anno.first_number or 1, catena.GENESIS, []
        for voce in voci:
            if voce.number != expected:
                problems.append(self.env._("%(code)s/%(year)s: number %(number)s is missing", code=self.code, year=year,
                                           number=expected))
            digest = catena.entry_hash(previous, self.code, year, voce.number, voce.date, voce.payload, voce.hash_version)
            if voce.previous_hash != previous or voce.hash != digest:
                problems.append(self.env._("%(code)s/%(year)s: entry %(number)s was altered", code=self.code, year=year,
                                           number=voce.number))
            expected, previous = voce.number + 1, voce.hash
        if anno and (anno.last_number != expected - 1 or anno.last_hash != previous):
            problems.append(self.env._("%(code)s/%(year)s: the counter does not agree with the entries", code=self.code,
                                       year=year))
        return problems

    def action_verify(self):
        """Verify every year of the chosen registers and say what was found."""
        problems = [text for registro in self for anno in registro.anno_ids for text in registro._verify(anno.year)]
        if problems:
            raise UserError("\n".join(problems))
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {"type": "success", "message": self.env._("The register is whole: no gap, no altered entry.")},
        }
