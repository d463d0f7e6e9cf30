from odoo import api, fields, models
from odoo.addons.pa_atti.tools.campi import WholeOne2many
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError

from .titolo import SIDES

IDENTITY = {"side", "number", "article", "company_id", "analytic_account_id", "titolo_id"}
MIRRORED = {"code", "missione_id", "macroaggregato_id"}  # computed: never what somebody writes in them
PROVISIONS = ("1.10.01.", "1.10.02.", "2.05.01.", "2.05.02.")


def is_provision(missione, pdc):
    """Reserve funds, FCDE, FPV and every other provision (TUEL arts. 166-167): missione 20 and their level 5 codes."""
    return missione.code == "20" or (pdc.side == "expense" and (pdc.code or "").startswith(PROVISIONS))


class PaCapitolo(models.Model):
    """A chapter/article of the PEG (TUEL art. 169), with its own Odoo analytic account."""

    _name = "pa.capitolo"
    _description = "Chapter"
    _inherit = ["mail.thread"]
    _order = "side, number, article"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True

    side = fields.Selection(SIDES, required=True, default="expense")
    number = fields.Integer("Chapter no.", required=True, aggregator=None)
    article = fields.Integer("Article no.", required=True, default=0, aggregator=None)  # NULL is never a duplicate
    code = fields.Char(compute="_compute_code", store=True, index=True)
    name = fields.Char("Description", required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    department_id = fields.Many2one(
        "hr.department", "Office in charge", index=True, ondelete="restrict", tracking=True, check_company=True
    )
    programma_id = fields.Many2one("pa.programma", "Programme", ondelete="restrict", index=True)
    missione_id = fields.Many2one(related="programma_id.missione_id", store=True)
    pdc_id = fields.Many2one(
        "pa.pdc", "Level 5 code", ondelete="restrict", domain="[('side', '=', side)]", tracking=True
    )
    titolo_id = fields.Many2one("pa.titolo", "Title", required=True, ondelete="restrict", domain="[('side', '=', side)]")
    macroaggregato_id = fields.Many2one(related="pdc_id.macroaggregato_id", store=True)
    cofog_id = fields.Many2one("pa.cofog", "COFOG", ondelete="restrict")
    no_impegni = fields.Boolean(
        "Accepts no commitment",
        tracking=True,
        help="FPV, FCDE, reserve funds and every provision: nothing is committed on them (TUEL arts. 166, 167).",
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account", "Analytic account", required=True, ondelete="restrict", readonly=True, copy=False
    )
    stanziamento_ids = WholeOne2many("pa.stanziamento", "capitolo_id", "Appropriations")

    _code_unique = models.Constraint("UNIQUE (company_id, side, number, article)", "This chapter exists already.")
    _analytic_unique = models.Constraint("UNIQUE (analytic_account_id)", "Each chapter has its own analytic account.")
    _number_check = models.Constraint("CHECK (number > 0 AND article >= 0)", "Chapter and article numbers are positive.")

    @api.depends("number", "article")
    def _compute_code(self):
        for capitolo in self:
            capitolo.code = f"{capitolo.number}.{capitolo.article}" if capitolo.article else str(capitolo.number or "")

    @api.depends("code", "name")
    def _compute_display_name(self):
        for capitolo in self:
            capitolo.display_name = f"{capitolo.code} {capitolo.name or ''}".strip()

    @api.onchange("pdc_id")
    def _onchange_pdc_id(self):
        self.titolo_id = self.pdc_id.titolo_id or self.titolo_id

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [{name: value for name, value in vals.items() if name not in MIRRORED} for vals in vals_list]
        plan = self.env.ref("pa_contabilita.plan_capitoli")
        accounts = [self._prepare_analytic_account(vals, plan) for vals in vals_list]
        # Whoever loads the PEG need not be an analytic user: the account is the chapter's own twin.
        created = self.env["account.analytic.account"].sudo().create(accounts)
        vals_list = [{**vals, "analytic_account_id": account.id} for vals, account in zip(vals_list, created)]
        return super().create(vals_list)

    def _prepare_analytic_account(self, vals, plan):
        number, article = vals.get("number") or 0, vals.get("article") or 0
        return {
            "name": vals.get("name") or str(number),
            "code": f"{'E' if vals.get('side') == 'income' else 'U'}{number}.{article}",
            "plan_id": plan.id,
            "company_id": vals.get("company_id") or self.env.company.id,
        }

    def write(self, vals):
        vals = {name: value for name, value in vals.items() if name not in MIRRORED}
        if IDENTITY & set(vals):
            self._refuse_with_movements(IDENTITY & set(vals))
        result = super().write(vals)
        mirrored = {name: vals[name] for name in ("name", "active") if name in vals}
        if mirrored:
            # The twin follows the chapter, also for users who are not analytic users.
            sealed_write(self.sudo().analytic_account_id, mirrored)
        return result

    def _is_provision(self):
        return is_provision(self.missione_id, self.pdc_id)

    def _refuse_with_movements(self, names):
        # Sealed once used, also by movements that the user may not see.
        if "analytic_account_id" in names or self.env["pa.stanziamento"].sudo().search_count(
            [("capitolo_id", "in", self.ids)], limit=1
        ):
            raise UserError(self.env._("A chapter with appropriations keeps its number, side, title and analytic account."))

    @api.model
    def _find(self, company, code, side="expense"):
        """The chapter written ``95.3`` or ``95`` (article 0)."""
        number, _dot, article = str(code).strip().partition(".")
        if not number.isdecimal() or not (article or "0").isdecimal():
            return self.browse()
        return self.with_context(active_test=False).search(
            [
                ("company_id", "=", company.id),
                ("side", "=", side),
                ("number", "=", int(number)),
                ("article", "=", int(article or 0)),
            ]
        )

    def action_open_stanziamenti(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("pa_contabilita.action_stanziamento")
        return {**action, "domain": [("capitolo_id", "=", self.id)], "context": {}}
