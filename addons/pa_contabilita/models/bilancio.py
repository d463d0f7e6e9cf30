from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError


class PaBilancio(models.Model):
    """Three-year budget (TUEL art. 162)."""

    _name = "pa.bilancio"
    _description = "Budget"
    _inherit = ["pa.sigillo.mixin", "mail.thread"]
    _order = "year_first desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    year_first = fields.Integer("First year", required=True, aggregator=None, tracking=True)
    state = fields.Selection(
        [("draft", "Draft"), ("provisional", "Provisional"), ("approved", "Approved"), ("closed", "Closed")],
        default="draft",
        required=True,
        tracking=True,
    )
    esercizio_ids = fields.One2many("pa.esercizio", "bilancio_id", "Financial years")

    _year_unique = models.Constraint("UNIQUE (company_id, year_first)", "This budget exists already.")
    _year_check = models.Constraint("CHECK (year_first BETWEEN 1990 AND 2200)", "The year is wrong.")

    def _sealed_initial(self):
        return {"state": "draft"}

    def _frozen_fields(self):
        return {"year_first", "company_id", "name"} if self.esercizio_ids else set()

    def _check_unlink_allowed(self):
        return [] if self.state == "draft" else [self.env._("Only the draft of a budget is deleted.")]

    @api.depends("year_first")
    def _compute_name(self):
        for bilancio in self:
            bilancio.name = f"{bilancio.year_first}-{bilancio.year_first + 2}" if bilancio.year_first else "-"

    @api.model_create_multi
    def create(self, vals_list):
        bilanci = super().create(vals_list)
        for bilancio in bilanci:
            bilancio._take_years(range(bilancio.year_first, bilancio.year_first + 3))
        return bilanci

    def unlink(self):
        """The years of a draft that is thrown away go back to the budget before it."""
        left = [(bilancio.company_id, bilancio.esercizio_ids.mapped("year")) for bilancio in self]
        result = super().unlink()
        for company, years in left:
            for year in years:
                covering = [("company_id", "=", company.id), ("year_first", "<=", year), ("year_first", ">=", year - 2)]
                self.search(covering, order="year_first desc", limit=1)._take_years([year])
        return result

    def _take_years(self, years):
        """These years belong to this budget, unless they do already to a later one."""
        for bilancio in self:
            for year in years:
                esercizio = self.env["pa.esercizio"]._get(bilancio.company_id, year)
                if esercizio.bilancio_id.year_first <= bilancio.year_first:
                    esercizio.bilancio_id = bilancio

    def action_approve(self):
        """The Consiglio has approved it (TUEL art. 174)."""
        self.check_access("write")
        for bilancio in self:
            if bilancio.state not in ("draft", "provisional"):
                raise UserError(self.env._("Only a budget not yet approved can be approved."))
            sealed_write(bilancio, {"state": "approved"})

    def action_provisional(self):
        """The year begins without an approved budget (TUEL art. 163)."""
        self.check_access("write")
        for bilancio in self:
            if bilancio.state != "draft":
                raise UserError(self.env._("Only a draft budget becomes provisional."))
            sealed_write(bilancio, {"state": "provisional"})
