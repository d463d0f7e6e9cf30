from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.giorno import today


class PaIncarico(models.Model):
    """Who holds which role, where, from when to when: the source of the power to sign (art. 50 c.10, 109 TUEL)."""

    _name = "pa.incarico"
    _description = "Appointment"
    _inherit = ["pa.potere.mixin", "mail.thread"]
    _order = "date_from desc, id"
    _check_company_auto = True

    user_id = fields.Many2one("res.users", "Person", required=True, ondelete="restrict", index=True, tracking=True)
    ruolo_id = fields.Many2one("pa.ruolo", "Role", required=True, ondelete="restrict", index=True, tracking=True)
    department_id = fields.Many2one(
        "hr.department", "Office", ondelete="restrict", index=True, check_company=True, tracking=True,
        help="Empty: the whole body."
    )
    date_from = fields.Date("From", required=True, default=lambda self: today(), tracking=True)
    date_to = fields.Date("To", tracking=True)
    decreto = fields.Char("Decree", help="The decree of appointment.", tracking=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    delega_ids = fields.One2many("pa.delega", "incarico_id", "Delegations")
    passo_ids = fields.One2many("pa.atto.passo", "incarico_id", "Steps done", readonly=True)
    can_delegate = fields.Boolean(compute="_compute_can_delegate", search="_search_can_delegate")
    in_force = fields.Boolean(compute="_compute_in_force", search="_search_in_force")

    _dates = models.Constraint("CHECK (date_to IS NULL OR date_to >= date_from)", "The appointment ends before it begins.")

    def _used(self):
        # Steps count wherever they are, also on acts that the user may not see.
        return bool(self.sudo().passo_ids)

    def _frozen_fields(self):
        return {"user_id", "ruolo_id", "department_id", "date_from", "company_id"} if self._used() else set()

    def _check_unlink_allowed(self):
        return [self.env._("%s signed acts: end the appointment instead.", self.display_name)] if self._used() else []

    def _compute_in_force(self):
        for incarico in self:
            incarico.in_force = incarico._valid_on(today())

    def _domain_can_delegate(self):
        """The holder delegates what he holds; the secretariat and the configuration record delegations given on paper."""
        user = self.env.user
        if user.has_group("pa_atti.group_segreteria") or user.has_group("pa_atti.group_consulente"):
            return Domain.TRUE
        return Domain("user_id", "=", user.id)

    @api.depends_context("uid")
    def _compute_can_delegate(self):
        mine = self.filtered_domain(self._domain_can_delegate())
        for incarico in self:
            incarico.can_delegate = incarico in mine

    def _search_can_delegate(self, operator, value):
        return self._domain_can_delegate() if operator == "in" else NotImplemented

    def action_delegate(self):
        """Give a delegation of this appointment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "pa.delega", "view_mode": "form", "target": "new",
            "name": self.env._("New delegation"), "context": {"default_incarico_id": self.id},
        }

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("date_from", "<=", today()) & (Domain("date_to", "=", False) | Domain("date_to", ">=", today()))

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

    @tools.ormcache("self.id", "self.env.lang")
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
        active = set(self.env["res.users"].sudo().browse(power[2] for power in powers).filtered("active").ids)  # as above
        return tuple(power for power in powers if power[2] in active)

    @api.model
    def _holders(self, ruolo, department, company, day):
        """Appointments to ``ruolo`` valid on ``day`` for ``department``: of the nearest office upwards that has one, else
        of the whole body."""
        # Assignees are found for every office, whatever the user who moves the act may read.
        valid = (
            self.sudo()
            .search([("ruolo_id", "=", ruolo.id), ("company_id", "=", company.id)])
            .filtered(lambda i: i._valid_on(day))
        )
        # The organigram upwards, whoever asks.
        office = department.sudo()
        while office:
            found = valid.filtered(lambda i, office=office: i.department_id == office)
            if found:
                return found
            office = office.parent_id
        return valid.filtered(lambda i: not i.department_id)
