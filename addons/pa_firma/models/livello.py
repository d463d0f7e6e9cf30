from odoo import fields, models
from odoo.addons.pa_atti.tools.giorno import today

from ..tools.long_term import LEVELS as ORDER

LEVELS = [(level, level) for level in ORDER]


class ResCompany(models.Model):
    _inherit = "res.company"

    pa_firma_level = fields.Selection(LEVELS, "Level of signatures", required=True, default="B-T", help="ETSI EN 319 142.")
    pa_firma_renew_days = fields.Integer("Renew archive timestamps (days before)", required=True, default=90)
    pa_firma_keeper_id = fields.Many2one("res.users", "Responsible for signatures kept over time")

    _pa_firma_renew_days = models.Constraint("CHECK (pa_firma_renew_days > 0)", "Days before the expiry must be positive.")

    def _pa_firma_keepers(self):
        """Who is told when a signature cannot be kept: the responsible, else the segretario, else the secretariat."""
        self.ensure_one()
        segretario = self.env.ref("pa_atti.ruolo_segretario")
        holders = self.env["pa.incarico"]._holders(segretario, self.env["hr.department"], self, today()).user_id
        office = self.env.ref("pa_atti.group_segreteria").all_user_ids.filtered(lambda u: self in u.company_ids)
        return (self.pa_firma_keeper_id | holders | office.sorted("id")).filtered("active")
