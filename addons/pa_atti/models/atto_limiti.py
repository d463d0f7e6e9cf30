from odoo import models
from odoo.exceptions import UserError

COLLEGIAL = ("giunta", "consiglio")


class PaAtto(models.Model):
    """What the law does not let a procedure do."""

    _inherit = "pa.atto"

    def _is_adopted(self):
        """Voted by its body: from then on only the body itself, with a new act, changes or withdraws it."""
        self.ensure_one()
        return self.organo in COLLEGIAL and bool(self.number_organo)

    def _check_may_abandon(self):
        result = super()._check_may_abandon()
        self._check_not_adopted()
        return result

    def _check_not_adopted(self):
        if self._is_adopted():
            raise UserError(self.env._("%s was adopted: it is revoked or corrected with a new act.", self.display_name))

    def _reasons_not_startable(self):
        reasons = super()._reasons_not_startable()
        steps = self._procedure()
        effective = steps.filtered(lambda p: p.kind == "esecutivita").mapped("sequence")
        signatures = steps.filtered(lambda p: p.kind == "firma").mapped("sequence")
        if effective and signatures and min(effective) < max(signatures):
            reasons.append(self.env._("This procedure makes the act enforceable before it is signed: have it corrected."))
        return reasons


class PaAttoPasso(models.Model):
    _inherit = "pa.atto.passo"

    def _check_may_undo(self):
        """Publication executes the act, it does not judge it; and what a body adopted is the body's."""
        if self.kind == "pubblicazione":
            raise UserError(self.env._("Who publishes neither sends back nor rejects: tell the office."))
        self.atto_id._check_not_adopted()

    def _contrary_opinions(self):
        """Contrary opinions that stand: those of the last time that each was given."""
        latest = {}
        for passo in self.atto_id.passo_ids.filtered(lambda p: p.kind == "parere" and p.state == "done").sorted("round"):
            latest[passo.sequence, passo.name] = passo
        return self.browse([passo.id for passo in latest.values() if passo.outcome == "contrario"])

    def _needs_motivation(self):
        """Art. 49 c.4 TUEL: the body that departs from an opinion says why in the text of its resolution."""
        self.ensure_one()
        return self.kind == "attesa" and self.atto_id.organo in COLLEGIAL and bool(self._contrary_opinions())
