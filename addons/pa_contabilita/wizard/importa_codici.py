from odoo import api, models

from .importa import RowRefused

SIDES = {"E": "income", "U": "expense"}


class PaImporta(models.TransientModel):
    _inherit = "pa.importa"

    @api.model
    def _import_pdc(self, rows, _company):
        """The official list of level 5 codes (SIOPE); keyed on side and code."""
        known = {(pdc.side, pdc.code): pdc for pdc in self.env["pa.pdc"].with_context(active_test=False).search([])}
        titoli = {(t.side, t.code): t.id for t in self.env["pa.titolo"].search([])}
        macro = {(m.side, m.code): m.id for m in self.env["pa.macroaggregato"].search([])}
        return self._each_row(rows, lambda row: self._load_pdc_row(row, known, titoli, macro))

    def _load_pdc_row(self, row, known, titoli, macro):
        code, side = row["codice_voce"], SIDES.get(row["macro"].upper())
        if not side:
            raise RowRefused(self.env._("The side must be E or U."))
        if not row["descrizione"]:
            raise RowRefused(self.env._("The description is missing."))
        if not self.env["pa.pdc"]._valid_code(code):
            raise RowRefused(self.env._("%s is not a level 5 code.", code or "–"))
        vals = {
            "name": row["descrizione"], "unofficial": False, "titolo_id": titoli.get((side, code[0])),
            "macroaggregato_id": macro.get((side, self.env["pa.pdc"]._macro_code(side, code))),
        }
        if (side, code) in known:
            known[side, code].write(vals)
        else:
            known[side, code] = self.env["pa.pdc"].create({"side": side, "code": code, **vals})

    @api.model
    def _import_cofog(self, rows, _company):
        known = {cofog.code: cofog for cofog in self.env["pa.cofog"].with_context(active_test=False).search([])}
        return self._each_row(rows, lambda row: self._load_cofog_row(row, known))

    def _load_cofog_row(self, row, known):
        code = row["code"]
        name = " ".join((row.get("name") or row.get("name_accents_lost") or "").split())
        if not code.replace(".", "").isdecimal() or not name:
            raise RowRefused(self.env._("A COFOG row needs its code and name."))
        vals = {"name": name, "level": code.count(".") + 1}
        if code in known:
            known[code].write(vals)
        else:
            known[code] = self.env["pa.cofog"].create({"code": code, **vals})
