from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import consume, write_claim
from odoo.exceptions import UserError


class AccountAnalyticAccount(models.Model):
    _inherit = "account.analytic.account"

    pa_capitolo_ids = fields.One2many("pa.capitolo", "analytic_account_id", "PEG chapters")

    def write(self, vals):
        guarded = {"name", "code", "active", "plan_id", "company_id"} & set(vals)
        if not consume(write_claim(self, vals)) and guarded:
            self._pa_refuse_if_capitolo()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _pa_unlink_not_capitolo(self):
        self._pa_refuse_if_capitolo()

    def _pa_refuse_if_capitolo(self):
        # The guard counts the chapters of every office, whoever asks.
        if self.ids and self.env["pa.capitolo"].sudo().with_context(active_test=False).search_count(
            [("analytic_account_id", "in", self.ids)], limit=1
        ):
            raise UserError(self.env._("This analytic account is a PEG chapter: it is renamed or archived there."))
