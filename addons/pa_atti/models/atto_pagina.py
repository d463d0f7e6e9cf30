from odoo import api, fields, models
from odoo.tools import format_date, format_datetime


class PaAtto(models.Model):
    """What the act's page shows: where it is, what waits for me, its history."""

    _inherit = "pa.atto"

    number_display = fields.Char("Number", compute="_compute_number_display")
    my_kind = fields.Char(compute="_compute_mine", help="Kind of the step that waits for me.")
    waiting_text = fields.Char("Waiting", compute="_compute_mine")
    current_user_ids = fields.Many2many("res.users", compute="_compute_current_user_ids", string="With whom")
    timeline = fields.Json(compute="_compute_timeline", export_string_translation=False)
    documento_count = fields.Integer("Number of documents", compute="_compute_counts")
    voce_count = fields.Integer("Number of register entries", compute="_compute_counts")
    collegamento_count = fields.Integer("Number of links", compute="_compute_counts")

    @api.depends("number_organo", "number_generale", "number_settore", "number_proposta")
    def _compute_number_display(self):
        for atto in self:
            atto.number_display = atto._number_text()

    @api.depends("passo_ids.state", "passo_ids.user_ids")
    def _compute_current_user_ids(self):
        # Whoever sees the act sees with whom it is.
        steps = self.sudo().passo_ids.filtered(lambda p: p.state == "active")
        steps.mapped("user_ids")  # of a whole page in one query
        by_act = steps.grouped("atto_id")
        for atto in self:
            atto.current_user_ids = by_act.get(atto, steps.browse()).user_ids

    @api.depends("passo_ids.state", "passo_ids.user_ids")
    @api.depends_context("uid", "lang")
    def _compute_mine(self):
        for atto in self:
            mine = atto.current_passo_ids.filtered("is_mine")[:1]
            atto.my_kind = mine.kind
            steps = mine or atto.current_passo_ids
            atto.waiting_text = " · ".join(step._waiting_text(bool(mine)) for step in steps)

    def _compute_counts(self):
        for atto in self:
            atto.documento_count = len(atto.documento_ids.filtered(lambda d: not d.superseded))
            atto.voce_count = len(atto.voce_ids)
            atto.collegamento_count = len(atto.collegamento_ids) + len(atto.inverse_collegamento_ids)

    @api.depends("passo_ids.state", "passo_ids.user_ids")
    @api.depends_context("lang", "tz")
    def _compute_timeline(self):
        for atto in self:
            steps = atto.passo_ids.sorted(lambda p: (p.round if p.state != "todo" else 10**6, p.sequence, p.id))
            atto.timeline = [step._timeline_item() for step in steps]

    @api.model
    def _expand_kinds(self, kinds, domain):
        """The board keeps its columns, in the order of a procedure; nobody waits at what happens by itself."""
        every = [kind for kind, _label in self._fields["current_kind"]._description_selection(self.env)]
        return [kind for kind in every if kind in kinds or kind not in ("numerazione", "esecutivita")]

    # Buttons --------------------------------------------------------------------------------------------------

    def _open_records(self, name, records, **context):
        return {
            "type": "ir.actions.act_window", "name": name, "res_model": records._name, "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")], "domain": [("id", "in", records.ids)], "context": context,
        }

    def action_open_voci(self):
        """The register entries that numbered this act."""
        self.ensure_one()
        return self._open_records(self.env._("Register entries"), self.voce_ids)

    def action_open_linked(self):
        """The acts linked to this one, on either side."""
        self.ensure_one()
        linked = self.collegamento_ids.target_id | self.inverse_collegamento_ids.atto_id
        return self._open_records(self.env._("Linked acts"), linked)

    def action_open_documents(self):
        """The documents in force."""
        self.ensure_one()
        return self._open_records(self.env._("Documents"), self.documento_ids)

    @api.model
    def get_desk(self):
        """How much waits on the desk of who asks: figures beside the filters of the same name."""
        user = ("user_id", "=", self.env.uid)
        domains = {
            "waiting": [("waiting_for_me", "=", True)], "started": [user, ("state", "=", "running")],
            "late": [("is_late", "=", True)], "draft": [user, ("state", "=", "draft")],
        }
        return {name: self.search_count(domain) for name, domain in domains.items()}


class PaAttoPasso(models.Model):
    """A step as the timeline shows it."""

    _inherit = "pa.atto.passo"

    def _waiting_text(self, mine):
        self.ensure_one()
        # Whoever sees the act sees with whom it is.
        who = ", ".join(self.sudo().user_ids.mapped("name")) or self.ruolo_id.name or "?"
        since = format_date(self.env, self.date_start, date_format="short") if self.date_start else ""
        if mine:
            text = self.env._("Waits for you: %(step)s, since %(since)s", step=self.name, since=since)
        else:
            text = self.env._("%(step)s: waits for %(who)s since %(since)s", step=self.name, who=who, since=since)
        if self.date_due:
            due = format_date(self.env, self.date_due, date_format="short")
            text += self.env._(", late since %s", due) if self.is_late else self.env._(", due on %s", due)
        return text

    def _timeline_item(self):
        """What the timeline shows of this step, in the reader's language and time zone."""
        self.ensure_one()
        labels = {name: dict(self._fields[name]._description_selection(self.env)) for name in ("kind", "outcome", "state")}
        done = self.state in ("done", "skipped")
        people = self.done_by_id if done else self.sudo().user_ids  # whoever sees the act sees with whom it is
        return {
            "id": self.id, "name": self.name, "kind": labels["kind"].get(self.kind, ""), "state": self.state,
            "state_label": labels["state"].get(self.state, ""), "round": self.round, "automatic": self.automatic,
            # as above: the names only
            "who": [{"id": user.id, "name": user.name} for user in people.sudo()] if not (done and self.automatic) else [],
            "role": self.ruolo_id.name or "", "capacity": self.done_as or "",
            "since": format_datetime(self.env, self.date_start, dt_format="short") if self.date_start else "",
            "due": format_date(self.env, self.date_due) if self.date_due and not done else "", "late": self.is_late,
            "done": format_datetime(self.env, self.date_done, dt_format="short") if self.date_done else "",
            "outcome": self.outcome or "", "outcome_label": labels["outcome"].get(self.outcome, ""),
            "reason": self.reason or "", "days": round((self.hours or 0) / 24, 1), "mine": self.is_mine,
            "document": self._timeline_document(),
        }

    def _timeline_document(self):
        # The step's document is shown only to who may open it.
        document = self.documento_id._filtered_access("read")
        return {"id": document.attachment_id.id, "name": document.name} if document and document.attachment_id else False
