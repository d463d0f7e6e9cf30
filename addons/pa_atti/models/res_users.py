from odoo import fields, models, tools

from ..tools.giorno import today


class ResUsers(models.Model):
    _inherit = "res.users"

    pa_incarico_ids = fields.One2many("pa.incarico", "user_id", "Appointments")

    def _pa_incarichi(self, day=None):
        """Appointments of this user, own and by delegation, valid on ``day`` (today in Europe/Rome)."""
        self.ensure_one()
        day = day or today()
        # Power is asked of the appointments themselves, which a low-rights user may not read in full.
        own = self.env["pa.incarico"].sudo().search([("user_id", "=", self.id)]).filtered(lambda i: i._valid_on(day))
        deleghe = self.env["pa.delega"].sudo().search([("user_id", "=", self.id)]).filtered(lambda d: d._valid_on(day))
        return own | deleghe.incarico_id

    def _pa_department_ids(self):
        """Offices (with those below them) where this user holds an appointment today."""
        self.ensure_one()
        return self.env["hr.department"].sudo().browse(self._pa_office_ids(today()))  # their ids only; the caller reads none

    @tools.ormcache("self.id", "day")
    def _pa_office_ids(self, day):
        """Asked at every read of an act: kept until an appointment, a delegation or the organigram changes."""
        offices = self.env["hr.department"].sudo()  # of every office, whoever asks
        roots = self._pa_incarichi(day).department_id.ids
        return tuple(offices.search([("id", "child_of", roots)]).ids) if roots else ()
