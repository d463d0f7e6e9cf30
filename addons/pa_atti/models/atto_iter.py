from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.coda import wait_turn
from ..tools.giorno import today
from ..tools.seal import sealed_create, sealed_write


class PaAtto(models.Model):
    """The act moves: start, next steps, numbers, end."""

    _inherit = "pa.atto"

    def _procedure(self):
        """Its steps; of a draft, which has none yet, those of its type's procedure."""
        own = self.passo_ids if self.state != "draft" else None
        return own or self.tipo_id.sudo().iter_id.passo_ids  # the definition is configuration

    def _queue(self, company=None):
        """Wait for our turn before looking, where numbers and money are at stake."""
        # Before one's turn only the body is looked at: what else is read now, is read again after the wait.
        if not company:
            self.sudo().fetch(["company_id"])  # a key only: what the user may do is asked after the wait
            company = self.sudo().company_id[:1] or self.env.company
        wait_turn(self.env, f"pa_atti.{company.id}")

    def action_start(self):
        """Start the procedure: its steps are copied onto the act, and drafting is done."""
        self.ensure_one()
        self._queue()
        self.check_access("write")
        self._check_draft_owner()
        self._lock()
        if self.state != "draft":
            raise UserError(self.env._("The procedure has already started."))
        atto = self.sudo()  # steps belong to the procedure; the user's right was checked above
        reasons = self._reasons_not_startable()
        if reasons:
            raise UserError("\n".join(reasons))
        steps = atto.tipo_id.iter_id.passo_ids.filtered(lambda p: p._applies_to(atto))
        if not steps:
            raise UserError(self.env._("The procedure of %s has no steps.", self.tipo_id.name))
        # Steps are created only by the procedure; the user's right was checked above.
        sealed_create(self.env["pa.atto.passo"].sudo(), [step._prepare_passo(atto) for step in steps])
        sealed_write(atto, {"state": "running", "date": today()})
        self._complete_drafting()
        return True

    def _complete_drafting(self):
        drafting = self.passo_ids.filtered(lambda p: p.kind == "redazione")[:1]
        if not drafting:
            self._on_submitted()
            self._proceed()
            return
        # Steps are written only by the procedure; who starts it was checked in action_start.
        sealed_write(drafting.sudo(), {
            "state": "active", "date_start": self.create_date, "user_ids": [(6, 0, self.env.user.ids)],
        })
        drafting._close("done", False)
        self._on_submitted()
        self._proceed()

    def action_abandon(self, reason):
        """Withdraw the act before it is enforceable: what it held is released, numbers given stay given."""
        self.ensure_one()
        self.check_access("write")
        self._queue()
        self._check_draft_owner()
        self._lock()
        if self.state not in ("draft", "running") or self.esecutiva:
            raise UserError(self.env._("Only an act that is not yet enforceable can be withdrawn."))
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason: it goes on record."))
        self._check_may_abandon()
        self._close_iter("abandoned", reason)
        return True

    def _check_may_abandon(self):
        """Once signed, an act is withdrawn only by who may sign it."""
        signatures = self.sudo().passo_ids.filtered(lambda p: p.kind == "firma" and p.state == "done")  # the whole history
        if self.signed and not any(passo._power_of(self.env.user) for passo in signatures):
            raise UserError(self.env._("This act is signed: only who may sign it withdraws it."))

    def _lock(self):
        """One mover at a time. What was read before stays good: had the row changed since this transaction's snapshot,
        PostgreSQL would refuse the lock and Odoo would repeat the transaction."""
        self.env.flush_all()
        self.sudo().lock_for_update()  # the lock is the procedure's, not the user's

    # Hooks for the addons that plug in ------------------------------------------------------------------------

    def _on_submitted(self):
        """The act enters, or re-enters, its procedure."""

    def _on_closed(self):
        """The act ends without effect: rejected or abandoned."""

    def _on_reopened(self):
        """The act came back to drafting."""

    # Motion ---------------------------------------------------------------------------------------------------

    def _proceed(self):
        """Activate what comes next; automatic steps run at once, in this transaction."""
        self.ensure_one()
        atto = self.sudo()  # motion is the procedure's, the user's power was checked on the step
        while True:
            active = atto.passo_ids.filtered(lambda p: p.state == "active")
            if active and not atto._joined(active):
                break
            upcoming = atto._next_steps()
            if not upcoming:
                atto._conclude()
                break
            upcoming._activate()
            automatic = upcoming.filtered("automatic")
            for passo in automatic:  # written, hence locked, by this transaction already
                reasons = passo.with_user(self.env.user).sudo()._reasons()
                if reasons:
                    raise UserError("\n".join(reasons))
                passo._record_outcome("done", False)  # nobody was ever reminded of it
                getattr(passo.sudo(False), f"_do_{passo.kind}")("done", False)
            if upcoming - automatic:
                break
        atto._update_position()

    def _joined(self, active):
        """Whether parallel steps have ended: all, any one, or a quorum; those left over are skipped."""
        first = active[0]
        if first.join_mode == "all":
            return False
        done = self.passo_ids.filtered(
            lambda p: p.sequence == first.sequence and p.round == first.round and p.state == "done"
        )
        if len(done) < (1 if first.join_mode == "any" else first.quorum):
            return False
        sealed_write(active, {"state": "skipped", "outcome": "skipped"})
        active._end_reminders()
        return True

    def _next_steps(self):
        todo = self.passo_ids.filtered(lambda p: p.state == "todo")
        if not todo:
            return todo
        lowest = min(todo.mapped("sequence"))
        return todo.filtered(lambda p: p.sequence == lowest)

    def _conclude(self):
        if self.state == "running":
            sealed_write(self, {"state": "done"})

    def _close_iter(self, state, reason):
        atto = self.sudo()  # the step's or the draft's right was checked by the caller
        live = atto.passo_ids.filtered(lambda p: p.state in ("todo", "active"))
        if live:
            sealed_write(live, {"state": "skipped", "outcome": "skipped"})
            live._end_reminders()
        sealed_write(atto, {
            "state": state, "closing_reason": reason, "closed_by_id": self.env.uid, "date_closed": fields.Datetime.now(),
        })
        self._on_closed()
        atto._update_position()

    def _update_position(self):
        """Where the act is, kept on the act for boards, and told to who looks at it."""
        active = self.passo_ids.filtered(lambda p: p.state == "active")[:1]
        sealed_write(self, {
            "current_kind": active.kind, "current_since": active.date_start, "date_due": active.date_due,
        })
        self._notify_change()

    # Numbers --------------------------------------------------------------------------------------------------

    def _number_of(self, kind):
        name = {"proposte": "proposta"}.get(kind, kind)
        return self[f"number_{name}"]

    def _registro_for(self, kind):
        """The register that numbers this act.

        :raises UserError: none is configured
        """
        self.ensure_one()
        if kind == "organo":
            return self._registro_organo()
        registri = self.env["pa.registro"].sudo()  # numbers are taken for users who may not read their configuration
        settore = self.department_id._pa_settore() if kind == "settore" else self.department_id.browse()
        registro = registri.browse(registri._id_of_kind(kind, self.company_id, settore) or ())
        if not registro:
            raise UserError(self.env._("No register of kind “%s” is configured for this act.", kind))
        return registro

    def _registro_organo(self):
        """The type's register; types are shared by several bodies, registers are not: there, the one with the same code."""
        registro = self.tipo_id.sudo().registro_organo_id  # numbers are taken for users who may not read registers
        if registro and registro.company_id != self.company_id:
            registro = registro.search([("company_id", "=", self.company_id.id), ("code", "=", registro.code)])
        if not registro:
            raise UserError(self.env._("The type %(tipo)s has no register of its body in %(company)s.",
                                       tipo=self.tipo_id.name, company=self.company_id.name))
        return registro

    def _assign_number(self, kind, registro=None):
        """Give the number of ``kind``, once, from ``registro`` (by default the one configured today)."""
        self.ensure_one()
        if self._number_of(kind):
            return
        day = today()
        payload = {"tipo": self.tipo_id.code, "oggetto": self.oggetto, "atto": self.id,
                   "documento": self._official_document().sha256 or ""}
        # Numbers are taken on behalf of users who may not write in registers.
        (number,) = (registro or self._registro_for(kind)).sudo()._take_numbers(day, [payload], atto=self)
        name = {"proposte": "proposta"}.get(kind, kind)
        # Numbers are written only by the procedure, whose step checked the user's power.
        sealed_write(self.sudo(), {f"number_{name}": number, f"date_{name}": day})

    def _make_enforceable(self):
        """The act takes effect today."""
        # As above.
        sealed_write(self.sudo(), {"esecutiva": True, "date_esecutiva": today()})

    @api.model
    def _cron_enforceable(self):
        """Published acts whose term has passed (art. 134 c.3 TUEL) become enforceable."""
        due = self.search([("esecutiva", "=", False), ("date_esecutiva", "<=", today()), ("state", "in", ("running", "done"))])
        for atto in due:
            sealed_write(atto, {"esecutiva": True})
        return len(due)

    # Buttons --------------------------------------------------------------------------------------------------

    def _my_step(self):
        """The current step that waits for the user.

        :raises UserError: none does
        """
        self.ensure_one()
        # An assignee sees his act: that is asked here, what he may do with the step is asked by the step.
        mine = self.env["pa.atto.passo"].sudo().search_fetch(
            [("atto_id", "=", self.id), ("state", "=", "active"), ("user_ids", "in", self.env.uid)], limit=1
        )
        if not mine:
            raise UserError(self.env._("No step of this act waits for you."))
        return mine.sudo(False)

    def action_complete_mine(self):
        """Complete the step that waits for me."""
        return self._complete_step(self._my_step())

    def _complete_step(self, step):
        if step._needs_motivation():
            return self.with_context(pa_action="motivate").action_ask_reason()
        return step.action_complete()

    def action_ask_vote(self):
        """Ask the vote by which the body declared the resolution immediately enforceable."""
        return {
            "type": "ir.actions.act_window", "res_model": "pa.voto", "view_mode": "form", "target": "new",
            "name": self.env._("Immediate enforceability"), "context": {"default_passo_id": self._my_step().id},
        }

    def action_ask_reason(self):
        """Ask the reason, then do what the context says."""
        self.ensure_one()
        action = self.env.context.get("pa_action")
        step = self.current_passo_ids.filtered("is_mine")[:1]
        titles = dict(self.env["pa.motivo"]._fields["action"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window", "res_model": "pa.motivo", "view_mode": "form", "target": "new",
            "name": titles.get(action) or self.env._("Reason"),
            "context": {"default_atto_id": self.id, "default_passo_id": step.id, "default_action": action},
        }

    def action_open_document(self):
        """Open the act's document, signed if it is."""
        self.ensure_one()
        current = self.documento_ids.filtered(lambda d: not d.superseded and d.kind in ("atto", "firmato"))
        signed = current.filtered(lambda d: d.kind == "firmato")
        document = (signed or current or self.documento_ids)[:1]
        return document.action_open()
