from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..tools.giorno import today


class PaIncarico(models.Model):
    """Who holds which role, where, from when to when: the source of the power to sign (art. 50 c.10, 109 TUEL)."""

    _name = "pa.incarico"
    _description = "Appointment"
    _inherit = ["mail.thread", "pa.organigramma.mixin"]
    _order = "date_from desc, id"
    _check_company_auto = True

    user_id = fields.Many2one("res.users", "Person", required=True, ondelete="restrict", index=True, tracking=True)
    ruolo_id = fields.Many2one("pa.ruolo", "Role", required=True, ondelete="restrict", index=True)
    department_id = fields.Many2one(
        "hr.department", "Office", ondelete="restrict", index=True, check_company=True, help="Empty: the whole body."
    )
    date_from = fields.Date("From", required=True, default=lambda self: today())
    date_to = fields.Date("To")
    decreto = fields.Char("Decree", help="The decree of appointment.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    delega_ids = fields.One2many("pa.delega", "incarico_id", "Delegations")

    _dates = models.Constraint("CHECK (date_to IS NULL OR date_to >= date_from)", "The appointment ends before it begins.")

    @api.constrains("ruolo_id", "department_id")
    def _check_office(self):
        for incarico in self:
            if not incarico.department_id and not incarico.ruolo_id.whole_body:
                raise ValidationError(self.env._("The role %s is held office by office: choose one.", incarico.ruolo_id.name))

    @api.depends("user_id", "ruolo_id", "department_id")
    def _compute_display_name(self):
        for incarico in self:
            parts = [incarico.ruolo_id.name or "", incarico.department_id.name or ""]
            incarico.display_name = f"{incarico.user_id.name or ''} ({' – '.join(p for p in parts if p)})"

    def _valid_on(self, day):
        self.ensure_one()
        return self.date_from <= day and (not self.date_to or self.date_to >= day)

    def _capacity(self):
        """The capacity as a signed page states it."""
        self.ensure_one()
        office = self.department_id
        return f"{self.ruolo_id.name} – {office.name}" if office else self.ruolo_id.name

    @api.model
    @tools.ormcache("ruolo.id", "department.id", "company.id", "tipo.id", "day")
    def _power_ids(self, ruolo, department, company, tipo, day):
        """Triples of ids (appointment, delegation or False, user) by which somebody holds ``ruolo`` on ``day`` for acts of
        ``tipo``. Asked at every step; kept until an appointment, a delegation, a role or the organigram changes."""
        holders = self._holders(ruolo, department, company, day)
        powers = [(holder.id, False, holder.user_id.id) for holder in holders]
        # Power is computed for everybody, not for who asks.
        for delega in self.env["pa.delega"].sudo().search([("incarico_id", "in", holders.ids)]):
            if delega._valid_on(day, tipo):
                powers.append((delega.incarico_id.id, delega.id, delega.user_id.id))
        return tuple(powers)

    @api.model
    def _holders(self, ruolo, department, company, day):
        """Appointments to ``ruolo`` valid on ``day`` for ``department``: of the nearest office upwards that has one, then
        of the whole body, then of the role's fallback."""
        # Assignees are found for every office, whatever the user who moves the act may read.
        valid = (
            self.sudo()
            .search([("ruolo_id", "=", ruolo.id), ("company_id", "=", company.id)])
            .filtered(lambda i: i._valid_on(day))
        )
        office = department.sudo()
        while office:
            found = valid.filtered(lambda i, office=office: i.department_id == office)
            if found:
                return found
            office = office.parent_id
        found = valid.filtered(lambda i: not i.department_id)
        if found or not ruolo.fallback_id:
            return found
        return self._holders(ruolo.fallback_id, department, company, day)
