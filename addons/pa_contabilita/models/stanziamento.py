from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.money import dec, euro
from .capitolo import is_provision

COUNTERS = ("assestato", "fpv", "bloccato", "prenotato", "impegnato", "liquidato", "pagato", "cassa")
ROOM = SQL("(assestato - fpv - bloccato - prenotato - impegnato)")
TAKES_ROOM = {"assestato": -1, "fpv": 1, "bloccato": 1, "prenotato": 1, "impegnato": 1}


class RoomError(UserError):
    """There is not enough room: the message says how much is left."""


class PaStanziamento(models.Model):
    """Appropriation of one chapter in one year, with its running totals.

    The counters guard, the ledger (`pa.movimento`) tells the truth. They are changed only by `_move_batch`, with one conditional UPDATE
    per row: at REPEATABLE READ nothing else refuses the second of two sessions that ask for the same room.
    """

    _name = "pa.stanziamento"
    _description = "Appropriation"
    _inherit = ["pa.sigillo.mixin"]
    _order = "year desc, capitolo_id"
    _rec_names_search = ["capitolo_id"]
    _check_company_auto = True
    _create_only_sealed = True

    capitolo_id = fields.Many2one("pa.capitolo", "Chapter", required=True, ondelete="restrict", index=True)
    side = fields.Selection(related="capitolo_id.side", store=True)
    esercizio_id = fields.Many2one("pa.esercizio", "Financial year", required=True, ondelete="restrict")
    year = fields.Integer(related="esercizio_id.year", store=True, index=True, aggregator=None)
    company_id = fields.Many2one(related="capitolo_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    department_id = fields.Many2one("hr.department", "Office in charge", index=True, ondelete="restrict")
    programma_id = fields.Many2one("pa.programma", "Programme", ondelete="restrict", index=True)
    missione_id = fields.Many2one(related="programma_id.missione_id", store=True)
    pdc_id = fields.Many2one("pa.pdc", "Level 5 code", ondelete="restrict")
    titolo_id = fields.Many2one(related="capitolo_id.titolo_id", store=True)
    no_ceiling = fields.Boolean("Without ceiling", readonly=True)
    assestato = fields.Monetary("Appropriation", required=True, readonly=True, default=0)
    fpv = fields.Monetary("FPV", required=True, readonly=True, default=0)
    bloccato = fields.Monetary("Hold", required=True, readonly=True, default=0)
    prenotato = fields.Monetary("Reserved", required=True, readonly=True, default=0)
    impegnato = fields.Monetary("Committed", required=True, readonly=True, default=0)
    liquidato = fields.Monetary("Approved for payment", required=True, readonly=True, default=0)
    pagato = fields.Monetary("Paid", required=True, readonly=True, default=0)
    cassa = fields.Monetary("Cash appropriation", required=True, readonly=True, default=0)
    disponibile = fields.Monetary("Available", compute="_compute_disponibile")
    movimento_ids = fields.One2many("pa.movimento", "stanziamento_id", "Movements")
    is_mine = fields.Boolean("Mine", compute="_compute_is_mine", search="_search_is_mine")

    _capitolo_year_unique = models.Constraint("UNIQUE (capitolo_id, esercizio_id)", "One appropriation per chapter and year.")
    _room_check = models.Constraint(
        "CHECK (no_ceiling OR assestato - fpv - bloccato - prenotato - impegnato >= 0)",
        "The appropriation has no room for this.",
    )
    # Beyond this a float, as the ORM gives amounts, loses cents; in PostgreSQL NaN is larger than any number.
    _size_check = models.Constraint(
        "CHECK (GREATEST(assestato, fpv, bloccato, prenotato, impegnato, liquidato, pagato, cassa) < 1e12)",
        "The totals of an appropriation stay within twelve figures.",
    )
    _not_negative_check = models.Constraint(
        "CHECK (assestato >= 0 AND fpv >= 0 AND bloccato >= 0 AND prenotato >= 0 AND impegnato >= 0 AND liquidato >= 0 "
        "AND pagato >= 0 AND cassa >= 0)",
        "No total of an appropriation is negative.",
    )
    _chain_check = models.Constraint(
        "CHECK (liquidato <= impegnato AND pagato <= liquidato)",
        "What is approved for payment stays within what is committed, what is paid within what is approved.",
    )

    def _sealed_initial(self):
        return {"capitolo_id": False, "esercizio_id": False, "no_ceiling": False, **dict.fromkeys(COUNTERS, 0)}

    def _frozen_fields(self):
        """Programme and code of a year stay as they are once something was committed on them."""
        used = any(dec(self[name]) for name in ("bloccato", "prenotato", "impegnato"))
        mirrored = {"side", "year", "company_id", "missione_id", "titolo_id"}
        return mirrored | ({"programma_id", "pdc_id"} if used else set())

    def _check_unlink_allowed(self):
        return [self.env._("An appropriation is never deleted.")] if self.movimento_ids else []

    @api.depends("capitolo_id", "year")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.capitolo_id.code}/{record.year}"

    @api.depends(*COUNTERS, "esercizio_id.state")
    def _compute_disponibile(self):
        for record in self:  # of a closed year nothing is left to commit: what it holds are residui
            record.disponibile = 0 if record.esercizio_id.state == "closed" else record._room()

    @api.depends_context("uid")
    @api.depends("department_id", "capitolo_id.department_id")
    def _compute_is_mine(self):
        for record in self:
            record.is_mine = self.env["pa.capitolo"]._is_year_mine(record)

    @api.model
    def _search_is_mine(self, operator, value):
        return self.env["pa.capitolo"]._search_year_mine(operator, value)

    def _is_provision(self):
        return is_provision(self.missione_id, self.pdc_id)

    def _room(self):
        """Room left, as Decimal. Meaningless where there is no ceiling."""
        self.ensure_one()
        return dec(self.assestato) - sum(dec(self[name]) for name in ("fpv", "bloccato", "prenotato", "impegnato"))

    # -- making rows

    @api.model
    def _get(self, capitolo, year, create=True):
        """The row of ``capitolo`` in ``year``; made, empty, when asked."""
        # Looked for whoever asks: which chapters a user may touch is checked by the caller.
        found = self.sudo()
        if capitolo:  # through the relation, which the cache remembers
            found = capitolo.sudo().with_context(active_test=False).stanziamento_ids.filtered(lambda s: s.year == year)
        if found or not create:
            return found
        # Years and rows are made by the procedure and by imports, for users who may not write them.
        esercizio = self.env["pa.esercizio"].sudo()._get(capitolo.company_id, year)
        return sealed_create(self.sudo(), [self._prepare_row(capitolo, esercizio)])  # rows are made by the procedure

    def _prepare_row(self, capitolo, esercizio):
        return {
            "capitolo_id": capitolo.id,
            "esercizio_id": esercizio.id,
            "department_id": capitolo.department_id.id,
            "programma_id": capitolo.programma_id.id,
            "pdc_id": capitolo.pdc_id.id,
            "no_ceiling": capitolo.titolo_id.no_ceiling or esercizio.state == "closed",
        }

    @api.model
    def _restore_ceiling(self, esercizi):
        """A year reopens: its rows, which as residui had no ceiling, have one again.

        :raises UserError: some row has no room for what it carries
        """
        self.env.flush_all()
        rows = self.search([
            ("esercizio_id", "in", esercizi.ids), ("no_ceiling", "=", True), ("titolo_id.no_ceiling", "=", False)
        ])
        short = rows.filtered(lambda row: row._room() < 0)
        if short:
            raise UserError(self.env._("The year cannot reopen: chapter %s carries more than its appropriation.",
                                       short[0].capitolo_id.code))
        if rows:
            sealed_write(rows, {"no_ceiling": False})

    # -- the only way in

    def _move(self, deltas, reason, **origin):
        """Change the counters of this row by ``deltas`` (counter -> amount) and write it in the ledger."""
        self.ensure_one()
        self._move_batch([(self.id, counter, amount, {"reason": reason, **origin}) for counter, amount in deltas.items()])

    @api.model
    def _move_batch(self, moves):
        """``moves``: (stanziamento id, counter, amount, origin). One UPDATE per row, by id; then the ledger."""
        moves = [(row_id, counter, dec(amount), origin) for row_id, counter, amount, origin in moves]
        moves = [move for move in moves if move[2]]
        totals = defaultdict(lambda: defaultdict(Decimal))
        for row_id, counter, amount, _origin in moves:
            totals[row_id][counter] += amount
        if not totals:
            return
        self.flush_model()  # what the condition reads; the rest is written when the transaction ends
        for row_id in sorted(totals):
            self._update_row(row_id, totals[row_id])
        self.env["pa.movimento"]._insert(moves)
        touched = self.browse(sorted(totals))
        touched.invalidate_recordset(COUNTERS, flush=False)
        touched.modified(COUNTERS)

    def _update_row(self, row_id, deltas):
        use = sum((TAKES_ROOM.get(counter, 0) * amount for counter, amount in deltas.items()), Decimal(0))
        sets = SQL(", ").join(
            SQL("%s = %s + %s", SQL.identifier(name), SQL.identifier(name), deltas[name]) for name in COUNTERS if deltas.get(name)
        )
        if not sets.code:
            return
        rows = self.env.execute_query(
            SQL("UPDATE pa_stanziamento SET %s WHERE id = %s AND (no_ceiling OR %s >= %s) RETURNING id", sets, row_id, ROOM, use)
        )
        if not rows:
            self._refuse(row_id, use)

    def _refuse(self, row_id, use):
        record = self.sudo().browse(row_id)  # the message names the chapter whoever asks
        record.invalidate_recordset(COUNTERS, flush=False)
        raise RoomError(
            self.env._(
                "Chapter %(capitolo)s, year %(year)s: %(asked)s are asked and %(room)s are left.",
                capitolo=record.capitolo_id.code,
                year=record.year,
                asked=euro(use),
                room=euro(record._room()),
            )
        )

    # -- for people

    def action_open_movimenti(self):
        """The movements behind the figure whose counter is in the context."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("pa_contabilita.action_movimento")
        domain = [("stanziamento_id", "=", self.id)]
        if self.env.context.get("counter") in COUNTERS:
            domain.append(("counter", "=", self.env.context["counter"]))
        return {**action, "domain": domain, "context": {}}

    def action_new_determina(self):
        """A new determina with a first line on this chapter."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "pa.atto",
            "view_mode": "form",
            "context": {
                "default_tipo_id": self.env.ref("pa_atti.tipo_determina_impegno").id,
                "default_department_id": self.department_id.id,
                "default_riga_ids": [
                    fields.Command.create({"kind": "impegno", "capitolo_id": self.capitolo_id.id, "year": self.year})
                ],
            },
        }
