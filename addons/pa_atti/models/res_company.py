from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    pa_patron_day = fields.Integer("Patron saint: day")
    pa_patron_month = fields.Integer("Patron saint: month")

    @api.constrains("pa_patron_day", "pa_patron_month")
    def _check_pa_patron(self):
        for company in self:
            if not (0 <= company.pa_patron_day <= 31 and 0 <= company.pa_patron_month <= 12):
                raise ValidationError(self.env._("The patron saint's day must be a day and a month."))

    def _pa_patron(self):
        self.ensure_one()
        return (self.pa_patron_month, self.pa_patron_day) if self.pa_patron_day else None
