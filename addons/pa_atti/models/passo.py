from odoo import api, fields, models

from ..tools.calendario import add_working_days
from ..tools.giorno import today
from ..tools.seal import sealed_write
from .iter_passo import KINDS

OUTCOMES = [
    ("done", "Done"),
    ("favorevole", "Favourable"),
    ("favorevole_osservazioni", "Favourable with remarks"),
    ("contrario", "Contrary"),
    ("returned", "Returned"),
    ("rejected", "Rejected"),
    ("skipped", "Skipped"),
    ("conflict", "Conflict of interest"),
]


class PaAttoPasso(models.Model):
    """One step of one act: whose it is, since when, how it ended. Everything done stays on record."""

    _name = "pa.atto.passo"
    _description = "Steps of acts"
    _inherit = ["pa.sigillo.mixin"]
    _order = "atto_id, round, sequence, id"

    _create_only_sealed = True

    atto_id = fields.Many2one("pa.atto", "Act", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="atto_id.company_id", store=True, precompute=True, index=True)
    tipo_id = fields.Many2one(related="atto_id.tipo_id", store=True, precompute=True)
    department_id = fields.Many2one(related="atto_id.department_id", store=True, precompute=True)
    oggetto = fields.Char(related="atto_id.oggetto")
    round = fields.Integer(default=1)
    sequence = fields.Integer()
    name = fields.Char(required=True)
    kind = fields.Selection(KINDS, required=True)
    state = fields.Selection(
        [("todo", "To come"), ("active", "Under way"), ("done", "Done"), ("skipped", "Skipped")], required=True,
        default="todo", index=True,
    )
    ruolo_id = fields.Many2one("pa.ruolo", "Role", ondelete="restrict")
    registro_kind = fields.Char()
    registro_id = fields.Many2one("pa.registro", "Register", ondelete="restrict")
    publication_days = fields.Integer("Days of publication")
    enforceable_days = fields.Integer("Enforceable after days")
    term_days = fields.Integer()
    automatic = fields.Boolean()
    join_mode = fields.Char(default="all")
    quorum = fields.Integer(default=1)
    four_eyes = fields.Boolean()
    user_ids = fields.Many2many("res.users", string="Assignees")
    date_start = fields.Datetime("Since")
    date_due = fields.Date("Due")
    date_done = fields.Datetime("Done on")
    done_by_id = fields.Many2one("res.users", "Done by", ondelete="restrict")
    done_as = fields.Char("In the capacity of")
    incarico_id = fields.Many2one("pa.incarico", "Appointment", ondelete="restrict", index="btree_not_null")
    delega_id = fields.Many2one("pa.delega", "Delegation", ondelete="restrict", index="btree_not_null")
    outcome = fields.Selection(OUTCOMES)
    reason = fields.Text()
    documento_id = fields.Many2one("pa.atto.documento", "Document", ondelete="restrict")
    hours = fields.Float(aggregator="avg", help="Elapsed time from start to end.")
    days = fields.Float(compute="_compute_days", store=True, precompute=True, aggregator="avg", digits=(16, 1))
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    is_mine = fields.Boolean("Waiting for me", compute="_compute_is_mine", search="_search_is_mine")

    _one_live = models.Index("(atto_id) WHERE state = 'active'")

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("Steps stay on record.")]

    @api.depends("hours")
    def _compute_days(self):
        for passo in self:
            passo.days = (passo.hours or 0) / 24

    @api.depends("date_due", "state")
    def _compute_is_late(self):
        for passo in self:
            passo.is_late = passo.state == "active" and bool(passo.date_due) and passo.date_due < today()

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "active"), ("date_due", "<", today())]

    @api.depends("user_ids", "state")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for passo in self:
            # Only one's own presence among the assignees is told.
            passo.is_mine = passo.state == "active" and self.env.uid in passo.sudo().user_ids._ids

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "active"), ("user_ids", "in", self.env.uid)]

    # Who ------------------------------------------------------------------------------------------------------

    def _power_ids(self, day=None):
        """Triples of ids (appointment, delegation or False, user) by which somebody may do this step on ``day``: of the
        role, or, where nobody holds it or all who do are in conflict, of the one that acts in its absence."""
        self.ensure_one()
        Incarico, ruolo = self.env["pa.incarico"].sudo(), self._acting_ruolo()  # for everybody, not for who asks
        atto = self.sudo().atto_id  # as above
        excluded = set(atto.conflict_user_ids.ids)
        if self.four_eyes:  # who did a step that must be kept apart leaves this one to the substitute
            excluded |= set(self.sudo()._others_four_eyes().done_by_id.ids)
        while ruolo:
            powers = Incarico._power_ids(ruolo, atto.department_id, atto.company_id, atto.tipo_id, day or today())
            powers = [power for power in powers if power[2] not in excluded]
            if powers:
                return powers
            ruolo = ruolo.fallback_id
        return []

    def _acting_ruolo(self):
        """The role that does this step."""
        return self.ruolo_id

    def _of_the_office(self):
        """Drafting, and waiting for what concerns no role, are of the office that writes the act."""
        return self.kind == "redazione" or (self.kind == "attesa" and not self._acting_ruolo())

    def _assignees(self):
        self.ensure_one()
        if self._of_the_office():
            return self._drafters()
        return self.env["res.users"].browse(dict.fromkeys(user for _incarico, _delega, user in self._power_ids()))

    def _drafters(self):
        """The author; where the author left or is in conflict of interest, whoever holds an appointment in the office."""
        atto = self.atto_id.sudo()  # drafting passes on whatever the author may still see
        people = atto.user_id.filtered("active") - atto.conflict_user_ids
        if people:
            return people
        Incarico = self.env["pa.incarico"].sudo()  # as above
        offices = self.env["hr.department"].sudo().search([("id", "parent_of", atto.department_id.ids)])  # as above
        valid = Incarico.search([("department_id", "in", offices.ids)]).filtered(lambda i: i._valid_on(today()))
        return valid.user_id.filtered("active") - atto.conflict_user_ids

    def _refresh_assignees(self):
        """Appointments, delegations and conflicts changed: steps under way wait for who may do them now."""
        for passo in self.filtered(lambda p: p.state == "active"):
            users = passo._assignees()
            if users != passo.sudo().user_ids:  # all of them, whoever changed an appointment
                sealed_write(passo.sudo(), {"user_ids": [(6, 0, users.ids)]})  # steps are written only by the procedure
                passo.sudo().activity_ids.filtered(lambda a, users=users: a.user_id not in users).unlink()  # as above
                passo._renew_document()
                passo.atto_id._notify_change()

    def _power_of(self, user):
        """The appointment and delegation by which ``user`` may act now, or None."""
        self.ensure_one()
        Incarico, Delega = self.env["pa.incarico"].sudo(), self.env["pa.delega"].sudo()  # as above
        for incarico, delega, holder in self._power_ids():
            if holder == user.id:
                return Incarico.browse(incarico), Delega.browse(delega or ())
        return None

    def _capacity_of(self, user):
        """The capacity that goes on record and on the page."""
        power = self._power_of(user)
        if not power:
            return self.env._("Author") if self._of_the_office() else ""
        incarico, delega = power
        if delega:
            return self.env._("%(capacity)s, in place of %(holder)s", capacity=incarico._capacity(),
                              holder=incarico.user_id.name)
        return incarico._capacity()

    # Time -----------------------------------------------------------------------------------------------------

    def _due_date(self):
        self.ensure_one()
        return add_working_days(today(), self.term_days, self.company_id._pa_patron()) if self.term_days else False

    def _activate(self):
        """The step begins: assignees are found, its term runs, its document is made."""
        for passo in self:
            vals = {"state": "active", "date_start": fields.Datetime.now(), "date_due": passo._due_date()}
            users = passo._assignees()
            if users or not passo.automatic:
                vals["user_ids"] = [(6, 0, users.ids)]
            sealed_write(passo.sudo(), vals)  # steps are written only by the procedure
            passo._on_enter()

    def _on_enter(self):
        """What happens when the step begins: signatures and visas have their document rendered, once."""
        self.ensure_one()
        if self.kind in ("firma", "visto") and not self.automatic:
            documento = self.atto_id._render_document(self)
            # Steps are written only by the procedure.
            sealed_write(self.sudo(), {"documento_id": documento.id})

    @api.model
    def _refresh_all(self, companies=None):
        """Who may act changed: every step under way waits for the right people."""
        domain = [("state", "=", "active")] + ([("company_id", "in", companies.ids)] if companies else [])
        self.sudo().search(domain)._refresh_assignees()  # steps of all offices, whoever changed an appointment

    def _renew_document(self):
        """Other people will sign: the page that names them, not signed yet, is made again."""
        documento = self.sudo().documento_id  # documents are made by the procedure
        if documento and not (self.kind == "firma" and self.atto_id.signed):
            sealed_write(documento, {"superseded": True})
            self._on_enter()

    def _elapsed_hours(self):
        start = self.date_start or fields.Datetime.now()
        return (fields.Datetime.now() - start).total_seconds() / 3600
