from odoo import api, fields, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.exceptions import UserError


class PaEsercizio(models.Model):
    """Financial year. A closed one takes no new impegno: what is left of it are residui."""

    _name = "pa.esercizio"
    _description = "Financial year"
    _order = "year desc"
    _rec_name = "year"

    year = fields.Integer(required=True, aggregator=None)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    bilancio_id = fields.Many2one("pa.bilancio", "Budget", ondelete="set null")
    state = fields.Selection([("open", "Open"), ("closed", "Closed")], default="open", required=True)

    _year_unique = models.Constraint("UNIQUE (company_id, year)", "This financial year exists already.")
    _year_check = models.Constraint("CHECK (year BETWEEN 1990 AND 2200)", "The year is wrong.")

    @api.depends("year")
    def _compute_display_name(self):
        for esercizio in self:
            esercizio.display_name = str(esercizio.year)

    @api.model
    def _get(self, company, year, state=None):
        """The financial year of ``company``, made when it does not exist yet."""
        found = self.search([("company_id", "=", company.id), ("year", "=", year)])
        if found:
            return found
        state = state or self._default_state(company, year)
        return self.create({"company_id": company.id, "year": year, "state": state})

    @api.model
    def _default_state(self, company, year):
        """Past years before the first budget are closed when they are met: what is left of them are residui."""
        first = self.env["pa.bilancio"].sudo().search(  # asked also for users who may not see budgets
            [("company_id", "=", company.id)], order="year_first", limit=1
        )
        return "closed" if year < min(first.year_first or today().year, today().year) else "open"

    def _is_approved(self):
        """Whether its appropriations change only by a variation (TUEL art. 175)."""
        return self.bilancio_id.state in ("approved", "closed")

    def _refuse_leaving(self, bilancio):
        """A year leaves an approved budget only for a later one, which brings it up to date (TUEL art. 162)."""
        for esercizio in self:
            held = esercizio.bilancio_id
            if esercizio._is_approved() and held != bilancio and bilancio.year_first <= held.year_first:
                raise UserError(self.env._("The year %(year)s stays with the budget %(name)s, which is approved.",
                                           year=esercizio.year, name=held.name))

    def write(self, vals):
        if "bilancio_id" in vals:
            self._refuse_leaving(self.env["pa.bilancio"].browse(vals["bilancio_id"] or ()))
        # Those of every office are counted.
        if {"year", "company_id"} & set(vals) and self.env["pa.stanziamento"].sudo().search_count(
            [("esercizio_id", "in", self.ids)], limit=1
        ):
            raise UserError(self.env._("A financial year with appropriations keeps its year."))
        result = super().write(vals)
        if vals.get("state") == "open":
            self.env["pa.stanziamento"].sudo()._restore_ceiling(self)  # of every office
        return result
