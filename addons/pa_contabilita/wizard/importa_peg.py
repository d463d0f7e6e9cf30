from odoo import api, models

from ..tools.money import dec, parse_amount
from .importa import RowRefused

SIDES = {"": "expense", "U": "expense", "S": "expense", "E": "income"}


class PaImporta(models.TransientModel):
    _inherit = "pa.importa"

    @api.model
    def _import_peg(self, rows, company):
        """Chapters and appropriations of the PEG; loading the same file again changes nothing."""
        has_pdc = bool(self.env["pa.pdc"].search_count([("unofficial", "=", False)], limit=1))
        return self._each_row(rows, lambda row: self._load_peg_row(row, company, has_pdc))

    def _load_peg_row(self, row, company, has_pdc):
        number, article, year = (self._integer(row, name) for name in ("capitolo", "articolo", "anno"))
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
        capitolo, remark = self._peg_capitolo(row, company, side, number, article, year, has_pdc)
        stanziamento = self.env["pa.stanziamento"]._get(capitolo, year)
        deltas = {name: value - dec(stanziamento[name]) for name, value in amounts.items() if value is not None}
        if any(deltas.values()):
            stanziamento._move(deltas, self.env._("Import of the budget"))
        return remark

    def _integer(self, row, name):
        text = row.get(name) or ("0" if name == "articolo" else "")
        if not text.isascii() or not text.isdecimal() or len(text) > 9:
            raise RowRefused(self.env._("%(column)s must be a whole number: %(value)s", column=name, value=text or "–"))
        return int(text)

    def _amount(self, row, name, optional=False):
        text = row.get(name)
        if optional and not text:
            return None
        try:
            amount = parse_amount(text)
        except ValueError:
            raise RowRefused(self.env._("%(column)s is not an amount: %(value)s", column=name, value=text or "–")) from None
        if amount < 0:
            raise RowRefused(self.env._("%(column)s is negative: %(value)s", column=name, value=text))
        return amount

    def _peg_capitolo(self, row, company, side, number, article, year, has_pdc):
        code = f"{number}.{article}"
        programma = self._peg_programma(row, side)
        pdc, remark = self._peg_pdc(row, side, year, has_pdc)
        department = self._peg_department(row, company)
        capitolo = self.env["pa.capitolo"]._find(company, code, side)
        if capitolo:
            return capitolo, remark
        name = row.get("descrizione")
        if not name:
            name = self.env._("Chapter %s", code)
            remark = " ".join(filter(None, (remark, self.env._("The description is missing."))))
        return self.env["pa.capitolo"].create({
            "company_id": company.id, "side": side, "number": number, "article": article, "name": name,
            "programma_id": programma.id, "pdc_id": pdc.id, "titolo_id": pdc.titolo_id.id, "department_id": department.id,
            "no_impegni": programma.missione_id.code == "20",
        }), remark

    def _peg_programma(self, row, side):
        text = row.get("missione_programma") or ""
        if side == "income" and not text:
            return self.env["pa.programma"]
        parts = text.split(".")
        code = ".".join(part.zfill(2) for part in parts)
        programma = self.env["pa.programma"].search([("code", "=", code)])
        if not programma:
            raise RowRefused(self.env._("Programme %s does not exist in All. 14 of D.Lgs. 118/2011.", text or "–"))
        return programma

    def _peg_pdc(self, row, side, year, has_pdc):
        """The level 5 code. One that the list in force lacks is taken, with a remark, only for past years."""
        code = (row.get("pdc") or "").upper().removeprefix("U.").removeprefix("E.")
        pdc = self.env["pa.pdc"].search([("side", "=", side), ("code", "=", code)])
        if pdc:
            return pdc, None
        if not self.env["pa.pdc"]._valid_code(code):
            raise RowRefused(self.env._("%s is not a level 5 code.", code or "–"))
        state = self.env["pa.esercizio"]._default_state(self.company_id or self.env.company, year)
        if has_pdc and state == "open":
            raise RowRefused(self.env._("Code %s is not in the official list in force.", code))
        vals = self.env["pa.pdc"]._classify(side, code)
        if not vals["titolo_id"]:
            raise RowRefused(self.env._("Code %s belongs to no title.", code))
        pdc = self.env["pa.pdc"].create({"side": side, "code": code, "name": code, "unofficial": True, **vals})
        return pdc, self.env._("Code %s is not in the official list: taken as it is.", code)

    def _peg_department(self, row, company):
        code = row.get("settore") or ""
        if not code:
            return self.env["hr.department"]
        department = self.env["hr.department"].search(
            [("pa_code", "=ilike", code), ("company_id", "in", [False, company.id])], limit=2
        )
        if len(department) != 1:
            raise RowRefused(self.env._("Office %s does not exist.", code))
        return department
