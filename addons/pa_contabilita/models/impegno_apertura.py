from odoo import api, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.addons.pa_atti.tools.seal import sealed_create
from odoo.exceptions import UserError

from ..tools.money import dec


class PaImpegno(models.Model):
    """Opening balances: impegni that exist already when the municipality starts with this software."""

    _inherit = "pa.impegno"

    @api.model
    def _load_opening(self, capitolo, year, number, amount, **vals):
        """Load one existing commitment, residuo, future year's share, or sub-impegno.

        :param capitolo: record of pa.capitolo
        :param year: year of the commitment (past: residuo; future: multi-year)
        :param number: its number; sub-levels with ``sub_number`` and ``subsub_number``
        :param amount: amount in force (text, Decimal, int)
        :param vals: kind, sub_number, subsub_number, liquidato, partner_id, description, cig, cig_reason, cup, date, date_due
        :return: the pa.impegno
        """
        amount, liquidato = dec(amount), dec(vals.pop("liquidato", 0))
        if amount <= 0 or liquidato < 0:
            raise UserError(self.env._("The amount of an opening balance must be positive."))
        if int(number) <= 0:
            raise UserError(self.env._("An opening balance needs its number."))
        # Opening balances are loaded by importers for chapters of every office.
        model = self.sudo()
        if vals.get("sub_number"):
            return model._load_opening_sub(capitolo, year, int(number), amount, liquidato, vals)
        stanziamento = self.env["pa.stanziamento"]._get(capitolo, year)
        kind = vals.get("kind") or "impegno"
        impegno = model._create_opening(stanziamento, {**vals, "kind": kind, "number": int(number)}, amount)
        origin = {"reason": self.env._("Opening balance %s", impegno.name), "impegno_id": impegno.id, "date": impegno.date}
        counter = "prenotato" if kind == "prenotazione" else "impegnato"
        moves = [(stanziamento.id, counter, amount, origin), (stanziamento.id, "liquidato", liquidato, origin)]
        if liquidato:
            model._move_batch([(impegno.id, "liquidato", liquidato)])
        impegno._registro()._begin_after(year, impegno.number)
        stanziamento._move_batch(moves)
        return impegno

    @api.model
    def _load_opening_sub(self, capitolo, year, number, amount, liquidato, vals):
        parent = self._find(capitolo.company_id, year, number, vals["sub_number"] if vals.get("subsub_number") else 0)
        if not parent:
            raise UserError(self.env._("Commitment %(number)s/%(year)s does not exist: load it first.", number=number, year=year))
        if parent.capitolo_id != capitolo:
            raise UserError(self.env._("Commitment %(name)s is on chapter %(capitolo)s.", name=parent.name,
                                       capitolo=parent.capitolo_id.code))
        self._move_batch([(parent.id, "subimpegnato", amount)])
        impegno = self._create_opening(
            parent.stanziamento_id, {**vals, "kind": parent.kind, "number": number, "parent_id": parent.id}, amount
        )
        if liquidato:
            self._move_batch([(impegno.id, "liquidato", liquidato)])
            parent.stanziamento_id._move(
                {"liquidato": liquidato}, self.env._("Opening balance %s", impegno.name), impegno_id=impegno.id
            )
        return impegno

    @api.model
    def _create_opening(self, stanziamento, vals, amount):
        return sealed_create(self, [{
            "description": self.env._("Opening balance"),
            "date": today(),
            "pdc_id": stanziamento.pdc_id.id,
            **vals,
            "company_id": stanziamento.company_id.id,
            "stanziamento_id": stanziamento.id,
            "amount_initial": amount,
            "amount": amount,
            "opening": True,
        }])

    @api.model
    def _find(self, company, year, number, sub=0, subsub=0, kind="impegno"):
        """The commitment with this number."""
        return self.search([
            ("company_id", "=", company.id), ("kind", "=", kind), ("year", "=", year), ("number", "=", number),
            ("sub_number", "=", sub), ("subsub_number", "=", subsub),
        ])
