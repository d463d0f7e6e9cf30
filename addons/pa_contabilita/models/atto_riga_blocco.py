from odoo import models
from odoo.addons.pa_atti.tools.seal import sealed_write

from ..tools.money import dec


class PaAttoRiga(models.Model):
    """Holds: the room that lines keep while their act is in its procedure."""

    _inherit = "pa.atto.riga"

    def _hold(self):
        """Hold what the lines ask, by the difference from what they hold already."""
        righe = self.sudo().filtered(lambda r: r.state != "done")  # users may not write counters
        moves, impegno_moves = [], []
        for riga in righe:
            riga._add_hold_moves(moves, impegno_moves, dec(riga.amount), self.env._("Hold"))
        # Counters are moved for users who may not write them; their right is that of the step.
        self.env["pa.impegno"].sudo()._move_batch(impegno_moves)
        self.env["pa.stanziamento"].sudo()._move_batch(moves)  # totals change only by the procedure
        for riga in righe:
            target = riga._target()
            sealed_write(riga, {
                "held": dec(riga.amount) if target else 0,
                "held_stanziamento_id": target.id if target._name == "pa.stanziamento" else False,
                "held_impegno_id": target.id if target._name == "pa.impegno" else False,
                "state": "held" if target else "draft",
            })

    def _release(self, reason):
        """Give back what the lines hold."""
        righe = self.sudo().filtered("held")  # users may not write counters
        moves, impegno_moves = [], []
        for riga in righe:
            riga._add_hold_moves(moves, impegno_moves, 0, reason)
        # Counters are moved for users who may not write them; their right is that of the step.
        self.env["pa.impegno"].sudo()._move_batch(impegno_moves)
        self.env["pa.stanziamento"].sudo()._move_batch(moves)  # totals change only by the procedure
        for riga in righe:
            sealed_write(riga, {
                "held": 0, "held_stanziamento_id": False, "held_impegno_id": False, "state": "released",
            })

    def _add_hold_moves(self, moves, impegno_moves, amount, reason):
        origin = {"reason": reason, "atto_id": self.atto_id.id}
        if held := dec(self.held):
            if self.held_impegno_id:
                impegno_moves.append((self.held_impegno_id.id, "bloccato", -held))
            else:
                moves.append((self.held_stanziamento_id.id, "bloccato", -held, origin))
        target = self._target()
        if not amount or not target:
            return
        if target._name == "pa.impegno":
            impegno_moves.append((target.id, "bloccato", amount))
        else:
            moves.append((target.id, "bloccato", amount, origin))
