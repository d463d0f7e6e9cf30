from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import catena


class PaRegistro(models.Model):
    """A numbering series: gapless, by year, each entry chained to the one before."""

    _name = "pa.registro"
    _description = "Register"
    _inherit = ["pa.sigillo.mixin", "pa.organigramma.mixin"]
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

    @api.model
    @tools.ormcache("kind", "company.id", "settore.id")
    def _id_of_kind(self, kind, company, settore):
        """The register of ``kind`` in use, asked at every start: kept until a register or the organigram changes."""
        domain = [("kind", "=", kind), ("company_id", "=", company.id)]
        if settore:
            domain.append(("department_id", "=", settore.id))
        # Numbers are taken for users who may not read the registers' configuration.
        return self.sudo().search(domain, limit=1).id

    @api.model
    @tools.ormcache("code", "company.id")
    def _id_of_code(self, code, company):
        """As above, by code."""
        return self.sudo().search([("code", "=", code), ("company_id", "=", company.id)]).id  # as above

    def _year_counter(self, year):
        """The counter's row, created with the configured first number when the year begins."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO pa_registro_anno (registro_id, year, first_number, last_number, last_hash) "
                "VALUES (%s, %s, 1, 0, %s) ON CONFLICT (registro_id, year) DO NOTHING",
                self.id, year, catena.GENESIS,
            )
        )

    def _advance_counter(self, year, count):
        """(id of the counter, last of the ``count`` next numbers, hash of the entry before, register's code and body), or
        None when the year has not begun."""
        self.env.cr.execute(
            SQL(
                "UPDATE pa_registro_anno a SET last_number = a.last_number + %s FROM pa_registro r "
                "WHERE a.registro_id = r.id AND r.id = %s AND a.year = %s "
                "RETURNING a.id, a.last_number, a.last_hash, r.code, r.company_id",
                count, self.id, year,
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
        year = year or date.year
        (number,) = self._take_numbers(date, [payload or {}], atto, year)
        # Numbers are taken by transitions on behalf of users who may not read registers.
        return self.env["pa.registro.voce"].sudo().search(
            [("registro_id", "=", self.id), ("year", "=", year), ("number", "=", number)]
        )

    def _take_numbers(self, date, payloads, atto=None, year=None):
        """The next numbers, one for each of ``payloads``, each written as a chained entry: two statements however many."""
        self.ensure_one()
        year, count = year or date.year, len(payloads)
        self.flush_model()
        self.env["pa.registro.anno"].flush_model()
        row = self._advance_counter(year, count)
        if not row:
            self._year_counter(year)
            row = self._advance_counter(year, count)
        anno_id, last, previous, code, company_id = row
        numbers, entries = range(last - count + 1, last + 1), []
        for number, payload in zip(numbers, payloads):
            text = catena.canonical(payload)
            digest = catena.entry_hash(previous, code, year, number, date, text)
            entries.append((number, text, previous, digest))
            previous = digest
        common = {"registro_id": self.id, "company_id": company_id, "year": year, "date": date, "atto_id": atto.id if atto else None}
        self.env["pa.registro.voce"]._insert(anno_id, common, entries)
        return list(numbers)

    def _verify(self, year):
        """Problems of the chain of ``year``: gaps, duplicates, altered entries, a counter that does not agree."""
        self.ensure_one()
        # Verification reads the whole register, whoever asks for it.
        voci = self.env["pa.registro.voce"].sudo().search(
            [("registro_id", "=", self.id), ("year", "=", year)], order="number"
        )
        # As above.
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
