from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.cig import normalize
from ..tools.money import AmountError, dec, entered
from .codici import CIG_REASONS, UE_CODES
from .importo import amount_sentence

KINDS = [
    ("impegno", "Commitment"),
    ("prenotazione", "Reservation"),
    ("subimpegno", "Sub-commitment"),
    ("economia", "Saving"),
    ("liquidazione", "Payment approval"),
    ("riferimento", "Reference only"),
]
NEW = ("impegno", "prenotazione")
AIMS = ("capitolo_id", "impegno_id", "prenotazione_id", "source_riga_id")
ON_IMPEGNO = ("subimpegno", "economia", "liquidazione", "riferimento")
REASON_FIELDS = (
    "kind", "capitolo_id", "year", "amount", "partner_id", "date_due", "cig", "cig_reason", "cup", "impegno_id",
    "prenotazione_id", "source_riga_id", "multiyear_reason", "state",
)


class PaAttoRiga(models.Model):
    """An accounting line of an act: what it asks of a chapter and year, or of an existing commitment."""

    _name = "pa.atto.riga"
    _description = "Accounting line"
    _inherit = ["pa.sigillo.mixin"]
    _order = "atto_id, sequence, id"
    _check_company_auto = True

    atto_id = fields.Many2one("pa.atto", "Act", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="atto_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True, default="impegno")
    impegno_id = fields.Many2one(
        "pa.impegno", "Existing commitment", ondelete="restrict", check_company=True, index="btree_not_null"
    )
    prenotazione_id = fields.Many2one(
        "pa.impegno", "From reservation", ondelete="restrict", check_company=True,
        domain="[('kind', '=', 'prenotazione'), ('capitolo_id', '=?', capitolo_id)]",
    )
    source_riga_id = fields.Many2one(
        "pa.atto.riga", "On the commitment of line", ondelete="restrict", domain="[('atto_id', '=', atto_id)]",
        help="A payment approval on the commitment that another line of this same act creates.",
    )
    capitolo_id = fields.Many2one(
        "pa.capitolo", "Chapter", ondelete="restrict", check_company=True, index=True,
        compute="_compute_from_origin", store=True, readonly=False, precompute=True,
    )
    year = fields.Integer(
        "Due year", compute="_compute_from_origin", store=True, readonly=False, precompute=True, aggregator=None
    )
    amount = fields.Monetary(required=True)
    partner_id = fields.Many2one(
        "res.partner", "Creditor", ondelete="restrict",
        compute="_compute_from_origin", store=True, readonly=False, precompute=True,
    )
    description = fields.Char("Reason")
    date_due = fields.Date("Due date")
    multiyear_reason = fields.Char("Reason for later years", help="TUEL art. 183 c.6.")
    cig = fields.Char("CIG")
    cig_reason = fields.Selection(CIG_REASONS, "Why no CIG")
    cup = fields.Char("CUP")
    ue_code = fields.Selection(UE_CODES, "EU code", default="8")
    recurring = fields.Boolean("Recurring spending")
    room = fields.Monetary("Available", compute="_compute_room")
    room_after = fields.Monetary("Left afterwards", compute="_compute_room")
    target = fields.Char("On", compute="_compute_target")
    problems = fields.Text("Still missing", compute="_compute_problems")
    held = fields.Monetary(required=True, default=0, readonly=True)
    held_stanziamento_id = fields.Many2one("pa.stanziamento", ondelete="restrict", readonly=True)
    held_impegno_id = fields.Many2one("pa.impegno", ondelete="restrict", readonly=True)
    result_impegno_id = fields.Many2one("pa.impegno", "Resulting commitment", ondelete="restrict", readonly=True, copy=False)
    liquidazione_riga_id = fields.Many2one("pa.liquidazione.riga", ondelete="restrict", readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("held", "Held"), ("done", "Done"), ("released", "Released")], default="draft", readonly=True,
    )

    _amount_check = models.Constraint("CHECK (amount > 0 AND amount < 1e12)", "The amount must be positive.")
    _held_check = models.Constraint("CHECK (held >= 0)", "A hold is not negative.")

    # -- seals

    def _sealed_initial(self):
        return {
            "held": 0, "held_stanziamento_id": False, "held_impegno_id": False, "result_impegno_id": False,
            "liquidazione_riga_id": False, "state": "draft",
        }

    def _frozen_fields(self):
        # The parent's state is looked at whoever asks.
        editable = self.sudo().atto_id._content_editable() and self.state != "done"
        return {"company_id"} if editable else set(self._fields)

    def _check_unlink_allowed(self):
        if self.sudo().atto_id._content_editable() and self.state != "done":  # as above
            return []
        return [self.env._("The accounting lines of an act under way do not change.")]

    @api.model_create_multi
    def create(self, vals_list):
        default = {"amount": self.env.context["default_amount"]} if "default_amount" in self.env.context else {}
        righe = super().create([self._normalized({**default, **vals}) for vals in vals_list])
        for riga in righe:
            if not riga.sudo().atto_id._content_editable():  # as above
                raise UserError(self.env._("The accounting lines of an act under way do not change."))
        righe._check_own_chapters()
        return righe

    def onchange(self, values, field_names, fields_spec):
        if "amount" in values:
            self._amount_of(dec, values["amount"])  # before Odoo rounds what has no cents: not a number, infinity
        return super().onchange(values, field_names, fields_spec)

    def write(self, vals):
        if "atto_id" in vals and any(riga.atto_id.id != vals["atto_id"] for riga in self):
            raise UserError(self.env._("An accounting line stays with its act."))
        result = super().write(self._normalized(vals))
        if {*AIMS, "year"} & set(vals):
            self._check_own_chapters()
        return result

    def unlink(self):
        self.filtered("held")._release(self.env._("Line removed"))
        return super().unlink()

    @api.model
    def _normalized(self, vals):
        kept = {
            name: normalize(value) or False if name in ("cig", "cup") else value
            for name, value in vals.items() if name != "company_id"  # always that of the act
        }
        if "amount" in vals:
            kept["amount"] = float(self._amount_of(entered, vals["amount"]))
        return kept

    @api.model
    def _amount_of(self, read, value):
        """``read(value)``; what is no amount is refused with a sentence."""
        try:
            return read(value)
        except AmountError as error:
            raise UserError(amount_sentence(self.env, self._fields["amount"]._description_string(self.env), error)) from error

    @api.constrains("source_riga_id", "atto_id")
    def _check_source(self):
        for riga in self:
            if riga.source_riga_id and riga.source_riga_id.atto_id != riga.atto_id:
                raise ValidationError(self.env._("The payment approval must point at a commitment of this act."))

    # -- computed

    @api.depends("kind", "impegno_id", "prenotazione_id", "source_riga_id")
    def _compute_from_origin(self):
        for riga in self:
            origin = riga.sudo().impegno_id or riga.sudo().prenotazione_id  # told only to who may read it, below
            if riga.kind in ON_IMPEGNO and riga.source_riga_id:
                origin = riga.source_riga_id
            if origin and riga._may_be_told(origin):
                riga.capitolo_id = origin.capitolo_id
                riga.year = origin.year
                riga.partner_id = riga.partner_id or origin.partner_id
            else:
                riga.capitolo_id = riga.capitolo_id
                riga.year = riga.year or fields.Date.context_today(riga).year
                riga.partner_id = riga.partner_id

    @api.depends("kind", "capitolo_id", "year", "impegno_id", "prenotazione_id", "held", "amount")
    @api.depends_context("uid")
    def _compute_room(self):
        for riga in self:
            told = riga._may_see_room()
            riga.room = riga._room() if told else 0
            asked = self._amount_of(dec, riga.amount)
            riga.room_after = dec(riga.room) - asked if told else 0

    @api.depends("kind", "capitolo_id", "impegno_id", "source_riga_id")
    @api.depends_context("uid")
    def _compute_target(self):
        for riga in self:
            line = riga.sudo()  # once stored it tells its chapter to whoever sees the act
            chosen = line.capitolo_id if line.kind in NEW else line.impegno_id or line.source_riga_id.capitolo_id
            riga.target = chosen.display_name if riga._is_stored_so() or riga._may_read_aims() else ""

    @api.depends(*REASON_FIELDS)
    @api.depends_context("uid", "lang")
    def _compute_problems(self):
        for riga in self:
            pending = riga.state in ("draft", "released") and (riga._may_see_room() or not riga._is_stored_so())
            riga.problems = "\n".join(riga._reasons_alone()) if pending else False

    def _stanziamento(self):
        self.ensure_one()
        return self.env["pa.stanziamento"]._get(self.capitolo_id, self.year, create=False)

    def _target(self):
        """Where this line takes room: an appropriation, or an existing commitment; empty where it takes none."""
        self.ensure_one()
        riga = self.sudo()  # counters of the line's own target; who may use which chapter is checked on writing
        if riga.kind in NEW:
            return riga.prenotazione_id or riga._stanziamento()
        if riga.kind == "riferimento":
            return riga.env["pa.impegno"]
        return riga.impegno_id

    def _room(self):
        """What the target has left for this line, with what the line itself holds."""
        target = self._target()
        own = dec(self.held) if target and target in (self.held_stanziamento_id, self.held_impegno_id) else 0
        return target._room() + own if target else 0

    def _to_impegno(self):
        """The commitment that a payment approval takes from."""
        return self.impegno_id or self.source_riga_id.result_impegno_id
