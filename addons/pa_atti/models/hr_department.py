from odoo import api, fields, models, tools
from odoo.exceptions import UserError


class HrDepartment(models.Model):
    _name = "hr.department"
    _inherit = ["hr.department", "pa.organigramma.mixin"]

    pa_code = fields.Char("Office code", copy=False)
    pa_kind = fields.Selection(
        [("settore", "Sector"), ("servizio", "Service"), ("ufficio", "Office")], "Kind of office"
    )
    pa_incarico_ids = fields.One2many("pa.incarico", "department_id", "Appointments")

    def write(self, vals):
        if {"pa_code", "pa_kind", "parent_id", "active", "company_id"} & set(vals):
            self._pa_refuse_with_acts()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _pa_unlink_without_acts(self):
        self._pa_refuse_with_acts()

    def _pa_refuse_with_acts(self):
        # The seal counts the acts of the office, also those that the user may not see.
        if self.ids and self.env["pa.atto"].sudo().search_count([("department_id", "child_of", self.ids)], limit=1):
            raise UserError(self.env._("This office has acts: its code, place in the organigram and archiving are sealed."))

    @tools.ormcache("self.id")
    def _pa_ancestor_ids(self):
        """This office and those above it; kept until the organigram changes."""
        ids, office = [], self.sudo()  # the whole organigram, whoever asks
        while office:
            ids.append(office.id)
            office = office.parent_id
        return tuple(ids)

    def _pa_settore(self):
        """The nearest office upwards that keeps a register of its own."""
        self.ensure_one()
        office = self
        while office.parent_id and office.pa_kind != "settore":
            office = office.parent_id
        return office
