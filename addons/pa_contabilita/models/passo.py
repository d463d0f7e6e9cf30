from odoo import fields, models
from odoo.exceptions import ValidationError


class PaIterPasso(models.Model):
    _inherit = "pa.iter.passo"

    kind = fields.Selection(
        selection_add=[("controllo", "Accounting control")], ondelete={"controllo": lambda records: records._refuse_uninstall()}
    )

    def _refuse_uninstall(self):
        raise ValidationError(self.env._("Procedures use the accounting control."))


class PaAttoPasso(models.Model):
    """The visto turns holds into commitments; the control of 184 c.4, which is no visto, makes payment approvals effective."""

    _inherit = "pa.atto.passo"

    kind = fields.Selection(
        selection_add=[("controllo", "Accounting control")], ondelete={"controllo": lambda records: records._refuse_uninstall()}
    )

    def _refuse_uninstall(self):
        raise ValidationError(self.env._("Acts use the accounting control."))

    def _takes_turn(self):
        """What holds, commits or approves spending queues."""
        return self.kind in ("redazione", "visto", "controllo") or super()._takes_turn()

    def _check_can_visto(self):
        reasons = super()._check_can_visto()
        lost = self.atto_id.sudo().riga_ids.filtered(  # holds of chapters that the finance head may see anyway
            lambda r: r.kind in ("impegno", "prenotazione", "subimpegno", "economia") and r.state not in ("held", "done")
        )
        for riga in self.atto_id.sudo().riga_ids.filtered(lambda r: r.kind in ("impegno", "prenotazione")):  # as above
            reasons += [f"{riga.capitolo_id.code}/{riga.year}: {text}" for text in riga._reasons_esercizio(riga._stanziamento())]
        if lost:
            reasons.append(self.env._("These lines hold no funds: send the act back to drafting."))
        return reasons

    def _check_can_controllo(self):
        """Reasons against the control of TUEL art. 184 c.4."""
        reasons = []
        for riga in self.atto_id.sudo().riga_ids:  # as above
            if riga.kind == "liquidazione" and riga.state != "done" and not riga._to_impegno():
                reasons.append(self.env._("A payment approval has no commitment yet: the visa comes first."))
        return reasons

    def _do_visto(self, outcome, reason):
        if outcome != "contrario":
            self.atto_id._commit_funds()
        return super()._do_visto(outcome, reason)

    def _do_controllo(self, outcome, reason):
        """A negative control (wrong invoice, no DURC) approves nothing and gives back what the lines held; the act stays."""
        if outcome == "contrario":
            self.atto_id._refuse_liquidazioni()
        else:
            self.atto_id._liquidate()
