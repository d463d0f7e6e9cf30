from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.money import AmountError, dec, euro
from .codici import CIG_REASONS, UE_CODES
from .importo import amount_sentence
from .stanziamento import RoomError

COUNTERS = ("amount", "bloccato", "subimpegnato", "utilizzato", "liquidato", "pagato")
TAKES_ROOM = {"amount": -1, "bloccato": 1, "subimpegnato": 1, "utilizzato": 1, "liquidato": 1}
REGISTERS = {"impegno": "IMPEGNI", "prenotazione": "PRENOTAZIONI"}


class PaImpegno(models.Model):
    """Commitment (TUEL art. 183): one row per chapter and year in which it falls due.

    A prenotazione (183 c.3) is a row of another kind, with its own series. Sub-impegni hang from a parent and take room of it,
    not of the appropriation. Rows are born only in the visto's transaction, or as opening balances.
    """

    _name = "pa.impegno"
    _description = "Commitment"
    _inherit = ["pa.sigillo.mixin", "mail.thread"]
    _order = "year desc, number desc, sub_number, subsub_number"
    _rec_names_search = ["name", "description"]
    _check_company_auto = True
    _create_only_sealed = True

    name = fields.Char("Number", compute="_compute_name", store=True, precompute=True, index="trigram")
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection([("impegno", "Commitment"), ("prenotazione", "Reservation")], required=True)
    stanziamento_id = fields.Many2one("pa.stanziamento", "Appropriation", required=True, ondelete="restrict", index=True)
    capitolo_id = fields.Many2one(related="stanziamento_id.capitolo_id", store=True, precompute=True, index=True)
    year = fields.Integer(related="stanziamento_id.year", store=True, precompute=True, aggregator=None, index=True)
    department_id = fields.Many2one(related="stanziamento_id.department_id", store=True, precompute=True)
    is_mine = fields.Boolean("Mine", compute="_compute_is_mine", search="_search_is_mine")
    parent_id = fields.Many2one("pa.impegno", "Sub-commitment of", ondelete="restrict", index="btree_not_null")
    child_ids = fields.One2many("pa.impegno", "parent_id", "Sub-commitments", readonly=True)
    prenotazione_id = fields.Many2one("pa.impegno", "From reservation", ondelete="restrict", index="btree_not_null")
    # Zero, never NULL: to a unique index NULLs are all different.
    number = fields.Integer("No.", required=True, default=0, aggregator=None)
    sub_number = fields.Integer("Sub no.", required=True, default=0, aggregator=None)
    subsub_number = fields.Integer("Sub-sub no.", required=True, default=0, aggregator=None)
    opening = fields.Boolean("Opening balance")
    date = fields.Date(required=True)
    date_due = fields.Date("Due date")
    description = fields.Char("Reason", required=True)
    partner_id = fields.Many2one("res.partner", "Creditor", ondelete="restrict", index="btree_not_null")
    cig = fields.Char("CIG", index="btree_not_null")
    cig_reason = fields.Selection(CIG_REASONS, "Why no CIG")
    cup = fields.Char("CUP", index="btree_not_null")
    programma_id = fields.Many2one(related="stanziamento_id.programma_id", store=True, precompute=True)
    pdc_id = fields.Many2one("pa.pdc", "Level 5 code", ondelete="restrict")
    cofog_id = fields.Many2one("pa.cofog", "COFOG", ondelete="restrict")
    ue_code = fields.Selection(UE_CODES, "EU code")
    recurring = fields.Boolean()
    atto_id = fields.Many2one("pa.atto", "Act", ondelete="restrict", index="btree_not_null")
    amount_initial = fields.Monetary("Initial amount", required=True, default=0)
    amount = fields.Monetary("Amount in force", required=True, default=0)
    bloccato = fields.Monetary("Hold", required=True, default=0)
    subimpegnato = fields.Monetary("Sub-committed", required=True, default=0)
    utilizzato = fields.Monetary("Turned into commitments", required=True, default=0)
    liquidato = fields.Monetary("Approved for payment", required=True, default=0)
    pagato = fields.Monetary("Paid", required=True, default=0)
    disponibile = fields.Monetary("Room left", compute="_compute_disponibile", search="_search_disponibile")
    movimento_ids = fields.One2many("pa.movimento", "impegno_id", "Movements", readonly=True)
    liquidazione_riga_ids = fields.One2many("pa.liquidazione.riga", "impegno_id", "Payment approvals", readonly=True)

    _number_unique = models.UniqueIndex(
        "(company_id, kind, year, number, sub_number, subsub_number) WHERE number > 0", "This number exists already."
    )
    _room_check = models.Constraint(
        "CHECK (amount >= bloccato + subimpegnato + utilizzato + liquidato)", "The commitment has no room for this."
    )
    _size_check = models.Constraint(
        "CHECK (GREATEST(amount, amount_initial, bloccato, subimpegnato, utilizzato, liquidato, pagato) < 1e12)",
        "The totals of a commitment stay within twelve figures.",
    )
    _not_negative_check = models.Constraint(
        "CHECK (amount >= 0 AND bloccato >= 0 AND subimpegnato >= 0 AND utilizzato >= 0 AND liquidato >= 0 AND pagato >= 0 "
        "AND pagato <= liquidato)",
        "No total of a commitment is negative, nor is more paid than approved.",
    )

    def _frozen_fields(self):
        return set(self._fields) - {"message_follower_ids", "message_ids", "activity_ids"}

    def _check_unlink_allowed(self):
        return [self.env._("A commitment is never deleted: what is not needed becomes an economia.")]

    @api.depends("number", "sub_number", "subsub_number", "year", "kind")
    def _compute_name(self):
        for impegno in self:
            parts = [str(impegno.number or "?"), *filter(None, (impegno.sub_number, impegno.subsub_number))]
            prefix = "P " if impegno.kind == "prenotazione" else ""
            impegno.name = f"{prefix}{'.'.join(map(str, parts))}/{impegno.year}"

    @api.depends("name", "capitolo_id")
    def _compute_display_name(self):
        for impegno in self:
            impegno.display_name = self.env._(
                "%(number)s chap. %(capitolo)s", number=impegno.name, capitolo=impegno.capitolo_id.code
            )

    @api.depends(*COUNTERS)
    def _compute_disponibile(self):
        for impegno in self:
            impegno.disponibile = impegno._room()

    @api.model
    def _search_disponibile(self, operator, value):
        """Computed in the database: no column says it twice."""
        if operator not in (">", "<", ">=", "<=", "=", "!=") or not isinstance(value, int | float):
            return NotImplemented
        try:
            value = dec(value)
        except AmountError as error:
            raise UserError(amount_sentence(self.env, self.env._("Room left"), error)) from error
        query = SQL(
            "(SELECT id FROM pa_impegno WHERE amount - bloccato - subimpegnato - utilizzato - liquidato %s %s)",
            SQL(operator), value,
        )
        return [("id", "in", query)]

    @api.depends_context("uid")
    @api.depends("department_id", "capitolo_id.department_id")
    def _compute_is_mine(self):
        for impegno in self:
            impegno.is_mine = self.env["pa.capitolo"]._is_year_mine(impegno)

    @api.model
    def _search_is_mine(self, operator, value):
        return self.env["pa.capitolo"]._search_year_mine(operator, value)

    def _room(self):
        self.ensure_one()
        return dec(self.amount) - sum(dec(self[n]) for n in ("bloccato", "subimpegnato", "utilizzato", "liquidato"))

    # -- counters

    @api.model
    def _move_batch(self, moves):
        """``moves``: (impegno id, counter, amount). One conditional UPDATE per row, by id."""
        totals = defaultdict(lambda: defaultdict(Decimal))
        for row_id, counter, amount in moves:
            totals[row_id][counter] += dec(amount)
        if not totals:
            return
        self.flush_model()  # what the condition reads; the rest is written when the transaction ends
        for row_id in sorted(totals):
            self._update_row(row_id, totals[row_id])
        touched = self.browse(sorted(totals))
        touched.invalidate_recordset(COUNTERS, flush=False)
        touched.modified(COUNTERS)

    def _update_row(self, row_id, deltas):
        sets = [
            SQL("%s = %s + %s", SQL.identifier(name), SQL.identifier(name), deltas[name]) for name in COUNTERS if deltas.get(name)
        ]
        if not sets:
            return
        use = sum((TAKES_ROOM.get(counter, 0) * amount for counter, amount in deltas.items()), Decimal(0))
        rows = self.env.execute_query(
            SQL(
                "UPDATE pa_impegno SET %s WHERE id = %s AND amount - bloccato - subimpegnato - utilizzato - liquidato >= %s "
                "RETURNING id",
                SQL(", ").join(sets), row_id, use,
            )
        )
        if not rows:
            self._refuse(row_id, use)

    def _refuse(self, row_id, use):
        impegno = self.sudo().browse(row_id)  # the message names the commitment whoever asks
        impegno.invalidate_recordset(COUNTERS, flush=False)
        raise RoomError(
            self.env._(
                "Commitment %(name)s: %(asked)s are asked and %(room)s are left.",
                name=impegno.name, asked=euro(use), room=euro(impegno._room()),
            )
        )

    # -- numbers

    def _assign_numbers(self, atto):
        """Number these rows: roots from their register, sub-impegni in the parent's own series. Last: registers are hot."""
        for impegno in self.filtered("parent_id").sorted("id"):
            sealed_write(impegno, impegno._next_sub())
        series = self.filtered(lambda i: not i.parent_id).sorted("id").grouped(lambda i: (i.kind, i.year))
        for _kind_and_year, impegni in sorted(series.items()):
            impegni._take_series(atto)

    def _next_sub(self):
        """Safe because the parent's row was updated in this transaction before."""
        parent = self.parent_id
        field = "subsub_number" if parent.sub_number else "sub_number"
        last = max((self.search([("parent_id", "=", parent.id), ("id", "!=", self.id)])).mapped(field), default=0)
        return {"number": parent.number, "sub_number": parent.sub_number, field: last + 1}

    def _take_series(self, atto):
        """The next numbers of the series of one kind and year of esigibilità, over those that opening balances already use."""
        first, left = self[:1], self
        registro = first._registro()
        while left:
            payloads = [impegno._number_payload() for impegno in left]
            numbers = registro._take_numbers(first.date, payloads, atto, year=first.year)
            used = set(self.search_fetch(
                [("company_id", "=", first.company_id.id), ("kind", "=", first.kind), ("year", "=", first.year),
                 ("number", "in", numbers)], ["number"],
            ).mapped("number"))
            given = dict(zip(left, numbers))  # an entry says whose number it is, also where the number cannot be used
            for impegno, number in given.items():
                if number not in used:
                    sealed_write(impegno, {"number": number})
            left = left.filtered(lambda i, given=given, used=used: given[i] in used)

    def _registro(self):
        return self._get_registro(self.company_id, REGISTERS[self.kind])

    def _number_payload(self):
        return {"capitolo": self.capitolo_id.code, "importo": str(dec(self.amount_initial)), "data": str(self.date)}

    @api.model
    def _get_registro(self, company, code):
        """The series of ``company``, made on its first use."""
        # Registers are configuration: transitions use them on behalf of users who may not write there.
        registri = self.env["pa.registro"].sudo()
        found = registri.browse(registri._id_of_code(code, company) or ())
        names = {"IMPEGNI": self.env._("Commitments"), "PRENOTAZIONI": self.env._("Reservations"),
                 "LIQUIDAZIONI": self.env._("Payment approvals")}
        return found or registri.create(
            {"company_id": company.id, "code": code, "name": names[code], "kind": "altro"}
        )

    # -- for people

    def action_new_liquidazione(self):
        """A new payment approval on this commitment."""
        return self._action_new_act("pa_atti.tipo_liquidazione", "liquidazione")

    def action_new_subimpegno(self):
        """A new determina with a sub-commitment of this one."""
        return self._action_new_act("pa_atti.tipo_determina_impegno", "subimpegno")

    def action_new_impegno(self):
        """A new determina that turns this reservation into a commitment."""
        return self._action_new_act("pa_atti.tipo_determina_impegno", "impegno")

    def action_new_economia(self):
        """A new determina that reduces this one."""
        return self._action_new_act("pa_atti.tipo_determina_impegno", "economia")

    def _action_new_act(self, tipo, kind):
        self.ensure_one()
        origin = "prenotazione_id" if kind == "impegno" else "impegno_id"
        riga = {"kind": kind, origin: self.id, "partner_id": self.partner_id.id}
        if kind in ("liquidazione", "impegno"):
            riga |= {"amount": self.disponibile, "cig": self.cig, "cup": self.cup, "description": self.description}
        return {
            "type": "ir.actions.act_window", "res_model": "pa.atto", "view_mode": "form",
            "context": {
                "default_tipo_id": self.env.ref(tipo).id, "default_department_id": self.department_id.id,
                "default_riga_ids": [fields.Command.create(riga)],
            },
        }

    def action_open_movimenti(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("pa_contabilita.action_movimento")
        return {**action, "domain": [("impegno_id", "=", self.id)], "context": {}}
