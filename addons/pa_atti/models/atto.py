from odoo import api, fields, models

from ..tools.campi import WholeOne2many
from ..tools.giorno import today
from .iter_passo import KINDS

CONTENT = {
    "tipo_id", "department_id", "oggetto", "premesse", "motivazione", "dispositivo", "rup_id", "reserved", "company_id",
    "collegamento_ids",
}
NUMBERS = ("proposta", "settore", "generale", "organo")


class PaAtto(models.Model):
    """An administrative act: its text, its numbers, its life."""

    _name = "pa.atto"
    _description = "Act"
    _inherit = ["pa.sigillo.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["oggetto"]

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    tipo_id = fields.Many2one("pa.atto.tipo", "Type", required=True, ondelete="restrict", tracking=True)
    organo = fields.Selection(related="tipo_id.organo")
    department_id = fields.Many2one(
        "hr.department", "Office", required=True, ondelete="restrict", index=True, check_company=True,
        default=lambda self: self.env.user._pa_department_ids()[:1],
    )
    oggetto = fields.Char("Subject", required=True, tracking=True)
    premesse = fields.Html("Recitals", sanitize=True)
    motivazione = fields.Html("Grounds", sanitize=True)
    dispositivo = fields.Html("Operative part", sanitize=True)
    user_id = fields.Many2one("res.users", "Author", default=lambda self: self.env.user, required=True, ondelete="restrict")
    rup_id = fields.Many2one("res.users", "Person responsible for the procedure", ondelete="restrict")
    reserved = fields.Boolean(help="Only the offices concerned see it, also when it is concluded.")
    date = fields.Date("Date of the act")
    state = fields.Selection(
        [
            ("draft", "Draft"), ("running", "In procedure"), ("done", "Concluded"), ("rejected", "Rejected"),
            ("abandoned", "Abandoned"), ("annulled", "Annulled"),
        ],
        required=True, default="draft", index=True,  # its steps tell who moved it and when: no message repeats it
    )
    signed = fields.Boolean()
    esecutiva = fields.Boolean("Enforceable")
    date_esecutiva = fields.Date("Enforceable from")
    date_pubblicazione_from = fields.Date("Published from")
    date_pubblicazione_to = fields.Date("Published to")
    number_proposta = fields.Integer("Proposal no.", aggregator=None)
    date_proposta = fields.Date("Proposal date")
    number_settore = fields.Integer("Sector no.", aggregator=None)
    date_settore = fields.Date("Sector date")
    number_generale = fields.Integer("General no.", aggregator=None, index="btree_not_null")
    date_generale = fields.Date("General date")
    number_organo = fields.Integer("Body's no.", aggregator=None)
    date_organo = fields.Date("Body's date")
    voce_ids = fields.One2many("pa.registro.voce", "atto_id", "Register entries", readonly=True)
    passo_ids = WholeOne2many("pa.atto.passo", "atto_id", "Steps", readonly=True)
    current_passo_ids = fields.Many2many("pa.atto.passo", compute="_compute_current", string="Current steps")
    current_kind = fields.Selection(KINDS, "Where it is", index=True, group_expand="_expand_kinds")
    current_since = fields.Datetime("There since")
    date_due = fields.Date("Due")
    conflict_user_ids = fields.Many2many("res.users", "pa_atto_conflict_rel", string="In conflict of interest")
    documento_ids = WholeOne2many("pa.atto.documento", "atto_id", "Documents", readonly=True)
    allegato_ids = fields.One2many(
        "pa.atto.documento", "atto_id", "Attachments", domain=[("kind", "=", "allegato")], readonly=True
    )
    closing_reason = fields.Text("Why it ended")
    closed_by_id = fields.Many2one("res.users", "Ended by", ondelete="restrict")
    date_closed = fields.Datetime("Ended on")
    collegamento_ids = fields.One2many("pa.atto.collegamento", "atto_id", "Links", copy=False)
    inverse_collegamento_ids = fields.One2many("pa.atto.collegamento", "target_id", "Linked from", readonly=True)
    in_my_offices = fields.Boolean(compute="_compute_in_my_offices", search="_search_in_my_offices")
    waiting_for_me = fields.Boolean(compute="_compute_waiting_for_me", search="_search_waiting_for_me")
    content_editable = fields.Boolean(compute="_compute_content_editable")
    is_late = fields.Boolean("Late", compute="_compute_is_late", search="_search_is_late")

    _general_idx = models.Index("(company_id, number_generale)")

    @api.model
    def _sealed_initial(self):
        vals = {"state": "draft", "date": False, "signed": False, "esecutiva": False, "date_esecutiva": False,
                "date_pubblicazione_from": False, "date_pubblicazione_to": False, "current_kind": False,
                "current_since": False, "date_due": False, "conflict_user_ids": False,
                "closing_reason": False, "closed_by_id": False, "date_closed": False}
        for name in NUMBERS:
            vals |= {f"number_{name}": 0, f"date_{name}": False}
        return vals | {"voce_ids": False, "passo_ids": False, "documento_ids": False, "allegato_ids": False,
                       "user_id": self.env.uid}

    def _content_editable(self):
        """While it is a draft, or came back to drafting."""
        self.ensure_one()
        # The state of the whole procedure, also for who sees the act but not every step.
        return self.state == "draft" or (
            self.state == "running"
            and any(p.kind == "redazione" and p.state == "active" for p in self.sudo().passo_ids)  # whose step it is does not matter here
        )

    @api.depends("state", "passo_ids.state", "in_my_offices")
    @api.depends_context("uid")
    def _compute_content_editable(self):
        for atto in self:
            atto.content_editable = atto._content_editable() and (not atto.id or atto.in_my_offices)

    def _frozen_fields(self):
        if not self._content_editable():
            return CONTENT
        return {"tipo_id", "department_id", "company_id"} if self.passo_ids else set()

    def _check_unlink_allowed(self):
        if self.state == "draft" and not self.passo_ids and not self.voce_ids:
            return []
        return [self.env._("%s has already entered its procedure and is not deleted.", self.display_name)]

    def write(self, vals):
        result = super().write(vals)
        if {"department_id", "tipo_id", "company_id"} & set(vals):
            self.check_access("write")  # Odoo asks before: a draft is not pushed among those of another office either
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Author and moment are the act's own: no message repeats them."""
        atti = super(PaAtto, self.with_context(mail_create_nolog=True)).create(vals_list)
        return atti.with_env(self.env)

    def unlink(self):
        self.collegamento_ids.unlink()
        self.filtered(lambda a: not a._check_unlink_allowed()).documento_ids.unlink()
        return super().unlink()

    def message_post(self, **kwargs):
        """Users sign what they write: no message of an act in somebody else's name."""
        if not self.env.su:
            kwargs = {key: value for key, value in kwargs.items() if key not in ("author_id", "email_from")}
        return super().message_post(**kwargs)

    def copy_data(self, default=None):
        return [
            {key: value for key, value in vals.items() if key not in self._sealed_initial()}
            for vals in super().copy_data(default)
        ]

    @api.depends("tipo_id", "oggetto", "number_generale", "number_settore", "number_organo", "number_proposta")
    @api.depends_context("uid")
    def _compute_display_name(self):
        """Relations name their target with elevated rights: who may not read the act is not told its subject."""
        told = self.sudo(False)._filtered_access("read")._ids if self.env.su else self._ids
        for atto in self:
            subject = ("–", atto.oggetto) if atto.id in told or not atto.id else ()
            atto.display_name = " ".join(filter(None, (atto.tipo_id.name, atto._number_text(), *subject)))

    def _number_text(self):
        for name in ("organo", "generale", "settore", "proposta"):
            if number := self[f"number_{name}"]:
                return self.env._("no. %(number)s/%(year)s", number=number, year=self[f"date_{name}"].year)
        return ""

    @api.depends("passo_ids.state")
    def _compute_current(self):
        for atto in self:
            atto.current_passo_ids = atto.passo_ids.filtered(lambda p: p.state == "active")

    @api.depends("department_id", "tipo_id")
    @api.depends_context("uid")
    def _compute_in_my_offices(self):
        for atto in self:
            atto.in_my_offices = self.env.user._pa_works_on(atto.department_id, atto.tipo_id)

    def _search_in_my_offices(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self.env.user._pa_domain_competence()

    @api.depends_context("uid")
    def _compute_waiting_for_me(self):
        for atto in self:
            atto.waiting_for_me = any(passo.is_mine for passo in atto.current_passo_ids)

    def _search_waiting_for_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("passo_ids", "any", [("state", "=", "active"), ("user_ids", "in", self.env.uid)])]

    @api.depends("date_due", "state")
    def _compute_is_late(self):
        for atto in self:
            atto.is_late = atto.state == "running" and bool(atto.date_due) and atto.date_due < today()

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "running"), ("date_due", "<", today())]
