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
    outcome = fields.Selection(OUTCOMES)
    reason = fields.Text()
    documento_id = fields.Many2one("pa.atto.documento", "Document", ondelete="restrict")
    hours = fields.Float(aggregator="avg", help="Elapsed time from start to end.")
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    is_mine = fields.Boolean("Waiting for me", compute="_compute_is_mine", search="_search_is_mine")

    _one_live = models.Index("(atto_id) WHERE state = 'active'")

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("Steps stay on record.")]

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
            passo.is_mine = passo.state == "active" and self.env.user in passo.user_ids

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "active"), ("user_ids", "in", self.env.uid)]

    # Who ------------------------------------------------------------------------------------------------------

    def _power_ids(self, day=None):
        """Triples of ids (appointment, delegation or False, user) by which somebody may do this step on ``day``."""
        self.ensure_one()
        atto = self.atto_id
        # Power is computed for everybody, not for who asks.
        return self.ruolo_id and self.env["pa.incarico"].sudo()._power_ids(
            self.ruolo_id, atto.department_id, atto.company_id, atto.tipo_id, day or today()
        ) or ()

    def _assignees(self):
        self.ensure_one()
        if self.kind == "redazione":
            return self.atto_id.user_id
        users = self.env["res.users"].browse(dict.fromkeys(user for _incarico, _delega, user in self._power_ids()))
        return users - self.atto_id.sudo().conflict_user_ids

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
            return self.env._("Author") if self.kind == "redazione" else ""
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
            sealed_write(passo.sudo(), {  # steps are written only by the procedure
                "state": "active", "date_start": fields.Datetime.now(), "date_due": passo._due_date(),
                "user_ids": [(6, 0, passo._assignees().ids)],
            })
            passo._on_enter()

    def _on_enter(self):
        """What happens when the step begins: signatures and visas have their document rendered, once."""
        self.ensure_one()
        if self.kind in ("firma", "visto") and not self.automatic:
            documento = self.atto_id._render_document(self)
            sealed_write(self.sudo(), {"documento_id": documento.id})

    def _elapsed_hours(self):
        start = self.date_start or fields.Datetime.now()
        return (fields.Datetime.now() - start).total_seconds() / 3600
