from odoo import api, fields, models
from odoo.addons.pa_atti.tools.campi import WholeOne2many
from odoo.addons.pa_atti.tools.giorno import today
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write

from ..tools.money import dec

VISTO_KINDS = ("impegno", "prenotazione", "subimpegno", "economia")


class PaAtto(models.Model):
    """Accounting of an act: hold when it starts, commitments at the visto, payment approvals at the control of 184 c.4."""

    _inherit = "pa.atto"

    riga_ids = WholeOne2many("pa.atto.riga", "atto_id", "Accounting lines", copy=True)
    has_spending = fields.Boolean("Commits spending", compute="_compute_has_spending")
    amount_total = fields.Monetary("Amount", compute="_compute_amount_total", store=True)
    impegno_ids = fields.One2many("pa.impegno", "atto_id", "Commitments", readonly=True)
    liquidazione_ids = fields.One2many("pa.liquidazione", "atto_id", "Payment approvals", readonly=True)
    current_kind = fields.Selection(selection_add=[("controllo", "Accounting control")])

    @api.depends("riga_ids.kind")
    def _compute_has_spending(self):
        for atto in self:
            atto.has_spending = any(riga.kind in VISTO_KINDS for riga in atto.riga_ids)

    @api.depends("riga_ids.amount", "riga_ids.kind")
    def _compute_amount_total(self):
        for atto in self:
            spent, approved = (
                sum(riga.amount for riga in atto.riga_ids if riga.kind in kinds)
                for kinds in (("impegno", "prenotazione", "subimpegno"), ("liquidazione",))
            )
            atto.amount_total = spent or approved  # what is committed and approved in one act is one sum

    def _frozen_fields(self):
        frozen = super()._frozen_fields() | {"amount_total"}
        return frozen if self._content_editable() else frozen | {"riga_ids"}

    def _sealed_initial(self):
        return {**super()._sealed_initial(), "impegno_ids": False, "liquidazione_ids": False}

    def unlink(self):
        self.filtered(lambda a: not a._check_unlink_allowed()).riga_ids.unlink()
        return super().unlink()

    def _reasons_not_startable(self):
        reasons = super()._reasons_not_startable()
        kinds = set(self._procedure().mapped("kind"))
        if any(riga.kind in VISTO_KINDS for riga in self.riga_ids) and "visto" not in kinds:
            reasons.append(self.env._("This type of act has no visa: it cannot commit spending (TUEL art. 183 c.7)."))
        if any(riga.kind == "liquidazione" for riga in self.riga_ids) and "controllo" not in kinds:
            reasons.append(self.env._("This type of act has no accounting control (TUEL art. 184 c.4)."))
        return reasons + self._reasons_iter() + self.riga_ids._reasons()

    def _reasons_iter(self):
        """The act that commits is enforceable with the visa (TUEL art. 183 c.7): nobody may stop it in between."""
        if not self.has_spending:
            return []
        steps = self._procedure()
        visa = max(steps.filtered(lambda p: p.kind == "visto").mapped("sequence"), default=None)
        effect = steps.filtered(lambda p: p.kind == "esecutivita" and p.automatic).mapped("sequence")
        if visa is None:
            return []
        effect = min((sequence for sequence in effect if sequence > visa), default=None)
        if effect is None or any(not p.automatic and visa < p.sequence <= effect for p in steps):
            return [self.env._("In this procedure enforceability does not follow the visa at once (TUEL art. 183 c.7).")]
        return []

    def _on_submitted(self):
        result = super()._on_submitted()
        self.riga_ids._hold()
        return result

    def _on_closed(self):
        result = super()._on_closed()
        self.riga_ids._release(self.env._("Act closed without effect"))
        return result

    # -- visto: hold -> commitments (TUEL art. 183)

    def _commit_funds(self):
        """Numbered commitments in this transaction: rows, then commitments by id, appropriations by id, registers last."""
        self.ensure_one()
        righe = self.riga_ids.sudo().filtered(  # the procedure's own records, which users may not write
            lambda r: r.kind in VISTO_KINDS and r.state != "done"
        )
        if not righe:
            return
        new = self._create_impegni(righe.filtered(lambda r: r.kind != "economia"))
        impegno_moves, moves = [], []
        for riga in righe:
            i_moves, s_moves = getattr(self, f"_moves_{riga.kind}")(riga, new.get(riga))
            impegno_moves += i_moves
            moves += s_moves
        # Counters are moved for users who may not write them; their right is that of the step.
        self.env["pa.impegno"].sudo()._move_batch(impegno_moves)
        self.env["pa.stanziamento"].sudo()._move_batch(moves)  # totals change only by the procedure
        for riga in righe:
            result = new.get(riga)
            sealed_write(riga, {"held": 0, "state": "done", "result_impegno_id": result.id if result else False})
        # Numbers too are given for users who may not write.
        self.env["pa.impegno"].sudo().union(*new.values())._assign_numbers(self)
        self._hold_on_new()

    def _hold_on_new(self):
        """Payment approvals on what this very act commits hold it from now on: no other act can take it before the control."""
        righe = self.riga_ids.sudo().filtered(  # the procedure's own records
            lambda r: r.kind == "liquidazione" and r.source_riga_id and r.state != "done"
        )
        # Counters are moved for users who may not write them; their right is that of the step.
        self.env["pa.impegno"].sudo()._move_batch([(r._to_impegno().id, "bloccato", dec(r.amount)) for r in righe])
        for riga in righe:
            sealed_write(riga, {"held": dec(riga.amount), "held_impegno_id": riga._to_impegno().id, "state": "held"})

    def _create_impegni(self, righe):
        """Line -> the commitment that it becomes, not numbered yet."""
        # Commitments are created by the procedure only; the ledger tells their birth, the chatter need not repeat it.
        quiet = {"mail_create_nolog": True, "mail_create_nosubscribe": True, "tracking_disable": True}
        impegni = sealed_create(
            self.env["pa.impegno"].sudo().with_context(**quiet), [self._prepare_impegno(riga) for riga in righe]
        )
        return dict(zip(righe, impegni))

    def _prepare_impegno(self, riga):
        parent = riga.impegno_id if riga.kind == "subimpegno" else self.env["pa.impegno"]
        stanziamento = parent.stanziamento_id or riga._stanziamento()
        return {
            "kind": "prenotazione" if riga.kind == "prenotazione" else "impegno",
            "company_id": self.company_id.id,
            "stanziamento_id": stanziamento.id,
            "parent_id": parent.id,
            "prenotazione_id": riga.prenotazione_id.id if riga.kind == "impegno" else False,
            "date": today(),
            "date_due": riga.date_due,
            "description": self._impegno_description(riga),
            "partner_id": riga.partner_id.id,
            "cig": riga.cig or parent.cig,
            "cig_reason": riga.cig_reason,
            "cup": riga.cup or parent.cup or riga.prenotazione_id.cup,
            "pdc_id": stanziamento.pdc_id.id,
            "cofog_id": stanziamento.capitolo_id.cofog_id.id,
            "ue_code": riga.ue_code,
            "recurring": riga.recurring,
            "atto_id": self.id,
            "amount_initial": dec(riga.amount),
            "amount": dec(riga.amount),
        }

    def _impegno_description(self, riga):
        """Commitments are seen by more people than a reserved act is."""
        return self.env._("Reserved act") if self.reserved else riga.description or self.oggetto

    def _ledger_origin(self, reason, impegno):
        return {"reason": reason, "atto_id": self.id, "impegno_id": impegno.id if impegno else None}

    def _moves_impegno(self, riga, impegno):
        """From the hold, or from a reservation, to the commitment."""
        row, amount = impegno.stanziamento_id.id, dec(riga.amount)
        done = self._ledger_origin(self.env._("Commitment"), impegno)
        if riga.prenotazione_id:
            used = self._ledger_origin(self.env._("Reservation turned into a commitment"), riga.prenotazione_id)
            return (
                [(riga.prenotazione_id.id, "bloccato", -dec(riga.held)), (riga.prenotazione_id.id, "utilizzato", amount)],
                [(row, "prenotato", -amount, used), (row, "impegnato", amount, done)],
            )
        hold = self._ledger_origin(self.env._("Hold released by the visa"), None)
        return [], [(row, "bloccato", -dec(riga.held), hold), (row, "impegnato", amount, done)]

    def _moves_prenotazione(self, riga, impegno):
        row = impegno.stanziamento_id.id
        hold = self._ledger_origin(self.env._("Hold released by the visa"), None)
        done = self._ledger_origin(self.env._("Reservation"), impegno)
        return [], [(row, "bloccato", -dec(riga.held), hold), (row, "prenotato", dec(riga.amount), done)]

    def _moves_subimpegno(self, riga, impegno):
        parent = riga.impegno_id.id
        return [(parent, "bloccato", -dec(riga.held)), (parent, "subimpegnato", dec(riga.amount))], []

    def _moves_economia(self, riga, _impegno):
        """A reduction: back to the chapter, or to the parent of a sub-impegno."""
        target, amount = riga.impegno_id, dec(riga.amount)
        moves = [(target.id, "bloccato", -dec(riga.held)), (target.id, "amount", -amount)]
        if target.parent_id:
            return moves + [(target.parent_id.id, "subimpegnato", -amount)], []
        counter = "prenotato" if target.kind == "prenotazione" else "impegnato"
        return moves, [(target.stanziamento_id.id, counter, -amount, self._ledger_origin(self.env._("Saving"), target))]

    # -- control of 184 c.4: payment approvals

    def _liquidate(self):
        """Payment approvals, one per creditor, become effective."""
        self.ensure_one()
        righe = self.riga_ids.sudo().filtered(  # the procedure's own records
            lambda r: r.kind == "liquidazione" and r.state != "done"
        )
        # Payment approvals are born only of the procedure.
        created, impegno_moves, moves = self.env["pa.liquidazione"].sudo(), [], []
        for partner, lines in righe.grouped("partner_id").items():
            liquidazione = sealed_create(created.browse(), [self._prepare_liquidazione(partner)])
            created |= liquidazione
            for riga in lines:
                impegno = riga._to_impegno()
                impegno_moves += [(impegno.id, "bloccato", -dec(riga.held)), (impegno.id, "liquidato", dec(riga.amount))]
                origin = {**self._ledger_origin(self.env._("Payment approval"), impegno), "liquidazione_id": liquidazione.id}
                moves.append((impegno.stanziamento_id.id, "liquidato", dec(riga.amount), origin))
        # Counters are moved for users who may not write them; their right is that of the step.
        self.env["pa.impegno"].sudo()._move_batch(impegno_moves)
        self.env["pa.stanziamento"].sudo()._move_batch(moves)  # totals change only by the procedure
        lines_of = righe.grouped("partner_id")
        for liquidazione in created:
            self._fill_liquidazione(liquidazione, lines_of[liquidazione.partner_id])

    def _refuse_liquidazioni(self):
        """The control of 184 c.4 was negative: the lines approve nothing, what they held is free again."""
        righe = self.riga_ids.sudo().filtered(  # the procedure's own records
            lambda r: r.kind == "liquidazione" and r.state != "done"
        )
        righe._release(self.env._("Negative accounting control"))

    def _prepare_liquidazione(self, partner):
        return {
            "company_id": self.company_id.id, "date": today(), "year": today().year, "partner_id": partner.id,
            "atto_id": self.id,
        }

    def _fill_liquidazione(self, liquidazione, righe):
        for riga in righe:
            line = sealed_create(self.env["pa.liquidazione.riga"].sudo(), [{  # the procedure's own records
                "liquidazione_id": liquidazione.id, "impegno_id": riga._to_impegno().id, "amount": dec(riga.amount),
                "description": riga.description,
            }])
            sealed_write(riga, {"held": 0, "state": "done", "liquidazione_riga_id": line.id})
        registro = self.env["pa.impegno"]._get_registro(self.company_id, "LIQUIDAZIONI")
        voce = registro._take(liquidazione.date, self, {"importo": str(dec(liquidazione.amount))})
        sealed_write(liquidazione, {"number": voce.number})
