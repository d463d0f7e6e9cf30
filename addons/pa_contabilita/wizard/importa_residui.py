from odoo import api, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.exceptions import UserError

from ..tools.cig import check_cig, check_cup, normalize
from ..tools.money import dec
from .importa import RowRefused


class PaImporta(models.TransientModel):
    _inherit = "pa.importa"

    @api.model
    def _import_residui(self, rows, company):
        """Commitments that exist already: residui of earlier years, those of this year, shares of later ones."""
        self = self._with_separators(rows, "importo", "liquidato")
        return self._each_row(rows, lambda row: self._load_residuo_row(row, company))

    def _load_residuo_row(self, row, company):
        year, number = self._integer(row, "anno"), self._integer(row, "numero")
        sub, subsub = self._integer(row, "sub", "0"), self._integer(row, "subsub", "0")
        amount = self._amount(row, "importo")
        liquidato = self._amount(row, "liquidato", optional=True) or 0
        self._refuse_date(row["capitolo"])
        capitolo = self.env["pa.capitolo"]._find(company, row["capitolo"])
        if not capitolo:
            raise RowRefused(self.env._("Chapter %s does not exist: load the PEG first.", row["capitolo"][:50] or "–"))
        if existing := self.env["pa.impegno"]._find(company, year, number, sub, subsub):
            if existing.opening and existing.capitolo_id == capitolo and dec(existing.amount_initial) == amount:
                return self.env._("Commitment %s was already loaded: left as it is.", existing.name)
            raise RowRefused(self.env._("Commitment %s exists already with other data.", existing.name))
        self.env["pa.impegno"]._load_opening(
            capitolo, year, number, amount, liquidato=liquidato, sub_number=sub, subsub_number=subsub,
            **self._residuo_values(row),
        )

    def _residuo_values(self, row):
        cig, cup = normalize(row.get("cig")), normalize(row.get("cup"))
        if cig and check_cig(cig):
            raise RowRefused(self.env._("CIG %s is wrong.", cig[:50]))
        if cup and check_cup(cup):
            raise RowRefused(self.env._("CUP %s is wrong.", cup[:50]))
        partner = self._residuo_partner(row.get("creditore") or row.get("fornitore") or "")
        return {
            "cig": cig or False, "cup": cup or False, "partner_id": partner.id, "date": today(),
            "description": row.get("descrizione") or self.env._("Opening balance"),
        }

    def _residuo_partner(self, text):
        """By reference, tax number or exact name; in doubt the row is refused."""
        partners = self.env["res.partner"]
        if not text:
            return partners
        for field in ("ref", "vat", "name"):
            found = partners.search([(field, "=", text)], limit=2)
            if len(found) == 1:
                return found
            if found:
                raise UserError(self.env._("More than one creditor is called %s.", text[:50]))
        raise RowRefused(self.env._("Creditor %s does not exist.", text[:50]))
