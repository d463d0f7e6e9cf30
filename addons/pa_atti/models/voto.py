from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.seal import sealed_write
from .atto_limiti import COLLEGIAL

VOTE = ("immediate_components", "immediate_present", "immediate_votes")


class PaAtto(models.Model):
    """Immediate enforceability (art. 134 c.4 TUEL): the body declares it, for a stated urgency, by a vote of its own with the
    majority of its members. Until there are sessions, who records the body's vote records this one with it; no draft has it."""

    _inherit = "pa.atto"

    immediate = fields.Boolean("Immediately enforceable", help="Art. 134 c.4 TUEL.")
    immediate_reason = fields.Char("Urgency")
    immediate_components = fields.Integer("Members of the body", aggregator=None, help="All of them, the mayor counted.")
    immediate_present = fields.Integer("Present", aggregator=None)
    immediate_votes = fields.Integer("In favour of immediate enforceability", aggregator=None)

    def _sealed_initial(self):
        return {**super()._sealed_initial(), "immediate": False, "immediate_reason": False, **dict.fromkeys(VOTE, 0)}


class PaAttoPasso(models.Model):
    _inherit = "pa.atto.passo"

    def _is_vote(self):
        """Whether this step records the body's vote: a resolution not adopted yet takes its number after it."""
        self.ensure_one()
        steps = self.sudo().atto_id.passo_ids  # the whole procedure, whoever asks
        return self.kind == "attesa" and self.atto_id.organo in COLLEGIAL and not self.atto_id.number_organo and any(
            p.kind == "numerazione" and p.registro_kind == "organo" and p.state == "todo" for p in steps
        )

    def _acting_ruolo(self):
        """Who takes the minutes of the body (art. 97 c.4 a TUEL) records what it decides, where the procedure names nobody."""
        ruolo = super()._acting_ruolo()
        if not ruolo and self.kind == "attesa" and self.atto_id.organo in COLLEGIAL:
            return self.env.ref("pa_atti.ruolo_segretario")
        return ruolo

    def action_vote(self, urgency, components, present, votes, reason=False):
        """Record the vote of a resolution that the body declares immediately enforceable, and complete the step.

        :param components: members of the body, the mayor counted
        :param votes: in favour of the immediate enforceability, in the vote of its own
        :param reason: why the body departs from a contrary opinion, where there is one
        """
        self.ensure_one()
        self.atto_id._queue()
        self._lock()
        reasons = self._check_can_act()
        if reasons:
            raise AccessError("\n".join(reasons))
        if not self._is_vote():
            raise UserError(self.env._("Only the vote on a resolution declares it immediately enforceable (art. 134 c.4 TUEL)."))
        self._check_vote(urgency, components, present, votes)
        sealed_write(self.atto_id.sudo(), {  # the user's power was checked on the step
            "immediate": True, "immediate_reason": urgency.strip(), "immediate_components": components,
            "immediate_present": present, "immediate_votes": votes,
        })
        return self.action_complete(reason=reason)

    def _reopen_from(self, target):
        """Sent back before it was adopted: what was declared falls with the vote."""
        if self.atto_id.immediate:
            nothing = {"immediate": False, "immediate_reason": False, **dict.fromkeys(VOTE, 0)}
            sealed_write(self.atto_id.sudo(), nothing)  # the user's power was checked on the step
        return super()._reopen_from(target)

    def _check_vote(self, urgency, components, present, votes):
        if not isinstance(urgency, str) or not urgency.strip():
            raise UserError(self.env._("State the urgency of the immediate enforceability (art. 134 c.4 TUEL)."))
        if any(type(count) is not int for count in (components, present, votes)) or not 0 <= votes <= present <= components <= 100:
            raise UserError(self.env._("Votes cannot be more than who is present, nor these more than the members."))
        needed = components // 2 + 1
        if votes < needed:
            raise UserError(self.env._(
                "Immediate enforceability needs the majority of the members: %(needed)s of %(components)s votes, here %(votes)s "
                "(art. 134 c.4 TUEL).", needed=needed, components=components, votes=votes,
            ))
