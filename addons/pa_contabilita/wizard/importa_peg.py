import re

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import escape_psql

from ..tools.money import dec
from .importa import RowRefused

SIDES = {"": "expense", "U": "expense", "S": "expense", "E": "income"}
YEAR_COLUMN = re.compile(r"(stanziamento|cassa|fpv)_(\d{4})")
OFFICIAL_LIST = 1000  # fewer codes than these are a handful, not the official list in force


class PaImporta(models.TransientModel):
    _inherit = "pa.importa"

    @api.model
    def _import_peg(self, rows, company):
        """Chapters and appropriations of the PEG; loading the same file again changes nothing.

        A row is one chapter and year (columns ``anno``, ``stanziamento``), or one chapter with a column for each year of the
        budget (``stanziamento_2026``, ``stanziamento_2027`` …).
        """
        if rows:
            self._peg_check_columns(rows[0][1])
        quiet = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}  # the ledger tells it
        self, seen = self._with_separators(rows, "stanziamento", "cassa", "fpv").with_context(pa_memo={}, **quiet), {}
        full_list = self.env["pa.pdc"].search_count([("unofficial", "=", False)], limit=OFFICIAL_LIST) >= OFFICIAL_LIST

        def load(row):
            remarks = [self._load_peg_row(part, company, full_list, seen, number_of[id(row)]) for part in self._peg_years(row)]
            return " ".join(dict.fromkeys(filter(None, remarks))) or None

        number_of = {id(row): number for number, row in rows}
        return self._each_row(rows, load)

    def _peg_check_columns(self, row):
        if {"anno", "stanziamento"} <= set(row) or any(name.startswith("stanziamento_") for name in row):
            return
        raise UserError(
            self.env._("The first row must hold the column names; missing: %s.", "anno, stanziamento / stanziamento_2026 …")
        )

    def _peg_years(self, row):
        """The row as one row a year."""
        if "anno" in row:
            return [row]
        years = {}
        for name, value in row.items():
            if (match := YEAR_COLUMN.fullmatch(name)) and value:
                years.setdefault(match[2], {})[match[1]] = value
        common = {name: value for name, value in row.items() if not YEAR_COLUMN.fullmatch(name)}
        if not years:
            raise RowRefused(self.env._("The row has no amount."))
        return [{**common, "anno": year, **amounts} for year, amounts in sorted(years.items())]

    def _load_peg_row(self, row, company, full_list, seen, line):
        number, article, year = self._integer(row, "capitolo"), self._integer(row, "articolo", "0"), self._integer(row, "anno")
        if not 1990 <= year <= 2200:
            raise RowRefused(self.env._("The year %s is wrong.", year))
        amounts = {
            "assestato": self._amount(row, "stanziamento"),
            "cassa": self._amount(row, "cassa", optional=True),
            "fpv": self._amount(row, "fpv", optional=True),
        }
        side = SIDES.get((row.get("lato") or "").upper())
        if not side:
            raise RowRefused(self.env._("The side must be E or U."))
        if (other := seen.setdefault((side, number, article, year), line)) != line:
            raise RowRefused(self.env._("Row %s of this file already gives this chapter and year.", other))
        vals, remark = self._peg_values(row, company, side, year, full_list)
        capitolo, missing = self._peg_capitolo(row, company, side, number, article, vals)
        stanziamento = self.env["pa.stanziamento"]._get(capitolo, year)
        self._peg_year_values(stanziamento, vals)
        deltas = {name: value - dec(stanziamento[name]) for name, value in amounts.items() if value is not None}
        if any(deltas.values()):
            self._peg_refuse_approved(stanziamento.esercizio_id)
            stanziamento._move(deltas, self.env._("Import of the budget"))
        return " ".join(filter(None, (remark, missing)))

    def _peg_refuse_approved(self, esercizio):
        if esercizio._is_approved():
            raise RowRefused(
                self.env._("The budget %(name)s is approved: the appropriations of %(year)s change only by a variation (art. 175 "
                           "TUEL), not by an import.", name=esercizio.bilancio_id.name, year=esercizio.year)
            )

    def _peg_values(self, row, company, side, year, full_list):
        programma = self._peg_programma(row, side)
        fund = programma.missione_id.code == "20"
        pdc, remark = self._peg_pdc(row, side, year, full_list and not fund)
        vals = {"programma_id": programma.id, "pdc_id": pdc.id}
        if department := self._peg_department(row, company):
            vals["department_id"] = department.id
        if cofog := self._peg_cofog(row):
            vals["cofog_id"] = cofog.id
        return vals, remark

    def _peg_capitolo(self, row, company, side, number, article, vals):
        """The row's chapter, made or brought up to date, and what is to be remarked."""
        code = f"{number}.{article}"
        capitolo, pdc = self.env["pa.capitolo"]._find(company, code, side), self.env["pa.pdc"].browse(vals["pdc_id"])
        name = row.get("descrizione")
        if not capitolo:
            remark = None if name else self.env._("The description is missing.")
            return capitolo.create({
                **vals, "company_id": company.id, "side": side, "number": number, "article": article,
                "name": name or self.env._("Chapter %s", code), "titolo_id": pdc.titolo_id.id,
                "no_impegni": self.env["pa.programma"].browse(vals["programma_id"]).missione_id.code == "20",
            }), remark
        if pdc.titolo_id and pdc.titolo_id != capitolo.titolo_id:
            raise RowRefused(
                self.env._("Chapter %(capitolo)s is of title %(title)s: code %(code)s is of another one.",
                           capitolo=capitolo.code, title=capitolo.titolo_id.code, code=pdc.code)
            )
        changed = {key: vals[key] for key in ("cofog_id",) if key in vals and capitolo[key].id != vals[key]}  # office: by year
        if name and name != capitolo.name:
            changed["name"] = name
        if changed:
            capitolo.write(changed)
        return capitolo, None

    def _peg_year_values(self, stanziamento, vals):
        """Programme, code and office are held year by year."""
        changed = {
            key: vals[key] for key in ("programma_id", "pdc_id", "department_id") if key in vals and stanziamento[key].id != vals[key]
        }
        if changed:
            stanziamento.write(changed)

    def _peg_programma(self, row, side):
        text = row.get("missione_programma") or ""
        if side == "income" and not text:
            return self.env["pa.programma"]
        self._refuse_date(text)
        missione, _dot, programma = text.partition(".")
        codes = {f"{missione.zfill(2)}.{programma.zfill(2)}"}
        if len(programma) == 1:  # a number 1.10 becomes 1.1 in a spreadsheet
            codes.add(f"{missione.zfill(2)}.{programma}0")
        found = self._memo("pa.programma", [("code", "in", sorted(codes))])
        if not found:
            raise RowRefused(
                self.env._("Programme %s does not exist in All. 14 of D.Lgs. 118/2011.", text[:50] or "–")
            )
        if len(found) > 1:
            raise RowRefused(
                self.env._("Programme %(code)s may be %(choices)s: write it with two digits, as text.", code=text,
                           choices=" / ".join(found.mapped("code")))
            )
        return found

    def _peg_pdc(self, row, side, year, full_list):
        """The level 5 code. One that the list in force lacks is taken, with a remark, only for past years and for funds."""
        code = (row.get("pdc") or "").upper().removeprefix("U.").removeprefix("E.")
        pdc = self._memo("pa.pdc", [("side", "=", side), ("code", "=", code)])
        if pdc:
            return pdc, None
        if not self.env["pa.pdc"]._valid_code(code):
            raise RowRefused(self.env._("%s is not a level 5 code.", code[:50] or "–"))
        if full_list and self.env["pa.esercizio"]._default_state(self.company_id or self.env.company, year) == "open":
            raise RowRefused(self.env._("Code %s is not in the official list in force.", code))
        vals = self.env["pa.pdc"]._classify(side, code)
        if not vals["titolo_id"]:
            raise RowRefused(self.env._("Code %s belongs to no title.", code))
        pdc = self.env["pa.pdc"].create({"side": side, "code": code, "name": code, "unofficial": True, **vals})
        return pdc, self.env._("Code %s is not in the official list: taken as it is.", code)

    def _peg_cofog(self, row):
        code = row.get("cofog") or ""
        if not code:
            return self.env["pa.cofog"]
        self._refuse_date(code)
        cofog = self._memo("pa.cofog", [("code", "=", code)])
        if not cofog:
            raise RowRefused(self.env._("COFOG code %s does not exist.", code[:50]))
        return cofog

    def _peg_department(self, row, company):
        code = row.get("settore") or ""
        if not code:
            return self.env["hr.department"]
        department = self._memo(
            "hr.department", [("pa_code", "=ilike", escape_psql(code)), ("company_id", "in", [False, company.id])], limit=2
        )
        if len(department) != 1:
            raise RowRefused(self.env._("Office %s does not exist.", code[:50]))
        return department
