from itertools import takewhile

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.calendario import enforceable_from
from ..tools.giorno import today
from ..tools.seal import sealed_create, sealed_write

PERSONAL = ("firma", "visto", "parere")  # somebody answers for these, never the procedure by itself
OPINIONS = ("favorevole", "favorevole_osservazioni", "contrario")


class PaAttoPasso(models.Model):
    """How a step ends. Every outcome passes ``_advance()``, which locks the row and asks again."""

    _inherit = "pa.atto.passo"

    # Reasons --------------------------------------------------------------------------------------------------

    def _check_can_act(self):
        """Reasons why the current user cannot do this step now; none means it can be done."""
        self.ensure_one()
        user, reasons = self.env.user, []
        if self.state != "active":
            return [self.env._("Step %s is not under way.", self.name)]
        if self.automatic and self.kind not in PERSONAL:
            return reasons
        # Who declared a conflict is asked of the act whole, and said to nobody else.
        if user in self.atto_id.sudo().conflict_user_ids:
            reasons.append(self.env._("You declared a conflict of interest on this act (art. 6-bis L. 241/1990)."))
        # Everybody may know the names of who it waits for.
        if user not in self._assignees():
            reasons.append(self.env._("Step %(step)s waits for %(who)s.", step=self.name,
                                      who=", ".join(self._assignees().sudo().mapped("name")) or self.ruolo_id.name or "?"))  # names of colleagues are told to whoever reads the act
        if self.four_eyes and user in self._others_four_eyes().done_by_id:
            reasons.append(self.env._("You already did another step that must be kept apart from this one."))
        return reasons

    def _others_four_eyes(self):
        return self.sudo().atto_id.passo_ids.filtered(  # the whole procedure, whoever asks
            lambda p: p.four_eyes and p.state == "done" and p.kind != self.kind and p.outcome != "returned"
        )

    def _reasons(self):
        """All the reasons against completing this step now: one function for button, message and refusal."""
        self.ensure_one()
        check = getattr(self, f"_check_can_{self.kind}", None)
        return self._check_can_act() or (check() if check else [])

    def _check_can_redazione(self):
        return self.atto_id._reasons_not_startable()

    def _check_can_parere(self):
        return []

    def _check_can_firma(self):
        return []

    def _check_can_visto(self):
        return []

    def _check_can_numerazione(self):
        return []

    def _check_can_esecutivita(self):
        return []

    def _check_can_pubblicazione(self):
        return []

    def _check_can_attesa(self):
        return []

    # Outcomes -------------------------------------------------------------------------------------------------

    def action_complete(self, outcome="done", reason=False):
        """Complete the step.

        :param outcome: ``done``, or for opinions and visas ``favorevole``, ``favorevole_osservazioni``, ``contrario``
        :param reason: required unless the outcome is plainly favourable
        """
        self.ensure_one()
        if self._takes_turn():
            self.atto_id._queue(self.company_id)
        if outcome not in ("done", *OPINIONS):
            raise UserError(self.env._("%s is not an outcome.", outcome))
        if self.kind in ("parere", "visto") and outcome == "done":
            outcome = "favorevole"
        if outcome in ("favorevole_osservazioni", "contrario") and not (reason or "").strip():
            raise UserError(self.env._("Give the reason: it goes on record."))
        if self.kind == "visto" and outcome == "contrario":
            return self.action_return(reason)
        if self._needs_motivation() and not (reason or "").strip():
            raise UserError(self.env._("An opinion is contrary: write why the body departs from it (art. 49 c.4 TUEL)."))
        self._advance(outcome, reason)
        return True

    def _takes_turn(self):
        """Whether completing this step may give numbers, or ends together with others: then it queues. What only renders
        a document for the next person does not keep everybody else waiting."""
        self.ensure_one()
        steps = self.atto_id.sudo().passo_ids  # the whole procedure, whoever moves it
        if len(steps.filtered(lambda p: p.state == "active")) > 1:
            return True
        upcoming = steps.filtered(lambda p: p.state == "todo").sorted("sequence")
        return any(p.kind == "numerazione" for p in takewhile(lambda p: p.automatic, upcoming))

    def _advance(self, outcome, reason):
        """Lock the step, ask again whether it can be done, do it, and go on."""
        self.ensure_one()
        self._lock()
        reasons = self._reasons()
        if reasons:
            raise UserError("\n".join(reasons))
        self._close(outcome, reason)
        getattr(self, f"_do_{self.kind}")(outcome, reason)
        self.atto_id._proceed()

    def _lock(self):
        self.atto_id._lock()  # steps of one act move one at a time: parallel ones would each wait for the other

    def _close(self, outcome, reason):
        """The step ends, by who is doing it now."""
        self._record_outcome(outcome, reason)

    def _record_outcome(self, outcome, reason):
        capacity = self.env._("Automatic") if self.automatic else self._capacity_of(self.env.user)
        incarico, delega = (not self.automatic and self._power_of(self.env.user)) or (False, False)
        # Steps are written only by the procedure; the user's power was checked by the caller.
        sealed_write(self.sudo(), {
            "state": "skipped" if outcome == "conflict" else "done", "outcome": outcome, "reason": reason or False,
            "date_done": fields.Datetime.now(), "done_by_id": self.env.uid, "done_as": capacity or False,
            "incarico_id": incarico.id if incarico else False, "delega_id": delega.id if delega else False,
            "hours": self._elapsed_hours(),
        })

    def action_return(self, reason, passo_id=False):
        """Send the act back to an earlier step (drafting by default); what was done stays on record."""
        self.ensure_one()
        self.atto_id._queue()
        self._lock()
        self._check_can_stop(reason)
        self._check_may_undo()
        targets = self._return_targets()
        target = self.browse(passo_id) if passo_id else targets[:1]
        if target not in targets:
            raise UserError(self.env._("Choose a step of this act that was already done."))
        if self.atto_id.number_generale or self.atto_id.esecutiva:
            raise UserError(self.env._("An enforceable act is not sent back: correct it with a new act."))
        self._close("returned", reason)
        self._reopen_from(target)
        return True

    def _return_targets(self):
        """Steps to which the act can be sent back: drafting first, then what people did in this or in an earlier round."""
        self.ensure_one()
        done = self.atto_id.passo_ids.filtered(
            lambda p: p.state == "done" and not p.automatic and p.sequence < self.sequence and p.outcome != "returned"
        )
        latest = {}
        for passo in done.sorted("round"):
            latest[passo.sequence, passo.name] = passo
        return self.browse([passo.id for passo in sorted(latest.values(), key=lambda p: (p.kind != "redazione", p.sequence, p.id))])

    def _check_can_stop(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason: it goes on record."))
        reasons = self._check_can_act()
        if reasons:
            raise AccessError("\n".join(reasons))

    def _reopen_from(self, target):
        """Repeat the steps from ``target`` to this one as a new round."""
        atto = self.atto_id
        again = self._steps_since(target)
        later = atto.passo_ids.filtered(lambda p: p.state == "todo")
        still_active = again.filtered(lambda p: p.state == "active")
        if still_active:
            # Steps are written only by the procedure; who sends back was checked by action_return.
            sealed_write(still_active.sudo(), {"state": "skipped", "outcome": "skipped"})
            still_active._end_reminders()
        number = max(atto.passo_ids.mapped("round")) + 1
        if later:
            # As above.
            sealed_write(later.sudo(), {"round": number})
        # As above.
        sealed_create(self.sudo().browse(), [{**passo._prepare_again(), "round": number} for passo in again])
        atto._supersede_documents()
        if "firma" in again.mapped("kind"):
            sealed_write(atto.sudo(), {"signed": False})  # the signatures given are of pages out of force
        if target.kind == "redazione":
            atto._on_reopened()
        atto._proceed()

    def _steps_since(self, target):
        """The steps from ``target`` to this one, each as it was last done, but numbers given are not given again. Those that
        somebody else's outcome made needless (any one, a quorum) are asked again with it."""
        atto, latest = self.atto_id, {}
        for passo in atto.passo_ids.sorted(lambda p: (p.round, p.id)):
            if not (passo.state in ("done", "active") or passo.outcome == "skipped") or not target.sequence <= passo.sequence <= self.sequence:
                continue
            if passo.kind != "numerazione" or not atto._number_of(passo.registro_kind):
                latest[passo.sequence, passo.name, passo.kind] = passo
        return self.browse([passo.id for passo in latest.values()])

    def _prepare_again(self):
        """Values of a step that repeats this one, by the same definition that was copied when the act started."""
        names = self.env["pa.iter.passo"]._copied_fields()
        return {"atto_id": self.atto_id.id, "state": "todo", "round": self.round, **{
            name: self[name].id if self._fields[name].type == "many2one" else self[name] for name in names
        }}

    def action_reject(self, reason):
        """Reject the act: it ends here, with the reason; numbers given stay given."""
        self.ensure_one()
        self.atto_id._queue()
        self._lock()
        self._check_can_stop(reason)
        self._check_may_undo()
        if self.atto_id.esecutiva:
            raise UserError(self.env._("An enforceable act is not rejected: revoke it with a new act."))
        self._close("rejected", reason)
        self.atto_id._close_iter("rejected", reason)
        return True

    def action_declare_conflict(self, reason):
        """Art. 6-bis L. 241/1990: the step passes to the substitute."""
        self.ensure_one()
        self._lock()
        self._check_can_stop(reason)
        atto = self.atto_id.sudo()  # the declaration is the procedure's record
        again = self._prepare_again()
        if self.documento_id and not (self.kind == "firma" and atto.signed):
            sealed_write(self.documento_id.sudo(), {"superseded": True})  # it names who does not sign any more
        self._close("conflict", reason)
        sealed_write(atto, {"conflict_user_ids": [(4, self.env.uid)]})
        sealed_create(atto.passo_ids.browse(), [again])._activate()
        atto.current_passo_ids._refresh_assignees()
        atto._update_position()
        return True

    # What each kind does ----------------------------------------------------------------------------------------

    def _do_redazione(self, outcome, reason):
        self.atto_id._on_submitted()

    def _do_parere(self, outcome, reason):
        """The opinion is on record with the step."""

    def _do_visto(self, outcome, reason):
        """On paper the visa is on record with the step; pa_contabilita commits here."""

    def _do_firma(self, outcome, reason):
        # Sealed fields of the act are the procedure's; the user's power was checked by the step, here and below.
        sealed_write(self.atto_id.sudo(), {"signed": True})

    def _do_numerazione(self, outcome, reason):
        self.atto_id._assign_number(self.registro_kind, self.registro_id)
        if self.registro_kind == "organo" and self.atto_id.immediate and self.atto_id._is_adopted():
            self.atto_id._make_enforceable()  # art. 134 c.4 TUEL: from the day of its adoption

    def _do_esecutivita(self, outcome, reason):
        self.atto_id._make_enforceable()

    def _do_pubblicazione(self, outcome, reason):
        atto, day = self.atto_id, today()
        vals = {"date_pubblicazione_from": day, "date_pubblicazione_to": fields.Date.add(day, days=self.publication_days)}
        if self.enforceable_days and not atto.esecutiva:
            vals["date_esecutiva"] = enforceable_from(day, self.enforceable_days)
        # As above.
        sealed_write(atto.sudo(), vals)

    def _do_attesa(self, outcome, reason):
        """Waiting is over."""
