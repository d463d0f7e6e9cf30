from odoo import api, fields, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.tools import SQL

COUNTER_LABELS = [
    ("assestato", "Appropriation"),
    ("fpv", "FPV"),
    ("bloccato", "Hold"),
    ("prenotato", "Reserved"),
    ("impegnato", "Committed"),
    ("liquidato", "Approved for payment"),
    ("pagato", "Paid"),
    ("cassa", "Cash appropriation"),
]


class PaMovimento(models.Model):
    """Append-only, signed ledger of everything that changes an appropriation. Written by SQL only."""

    _name = "pa.movimento"
    _description = "Movement"
    _inherit = ["pa.sigillo.mixin"]
    _order = "id desc"
    _log_access = False
    _create_only_sealed = True

    stanziamento_id = fields.Many2one("pa.stanziamento", "Appropriation", required=True, ondelete="restrict", index=True)
    capitolo_id = fields.Many2one(related="stanziamento_id.capitolo_id")
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    currency_id = fields.Many2one(related="company_id.currency_id")
    counter = fields.Selection(COUNTER_LABELS, "Figure", required=True)
    amount = fields.Monetary(required=True)
    date = fields.Date(required=True)
    reason = fields.Char(required=True)
    atto_id = fields.Many2one("pa.atto", "Act", ondelete="restrict", index="btree_not_null")
    impegno_id = fields.Many2one("pa.impegno", "Commitment", ondelete="restrict", index="btree_not_null")
    liquidazione_id = fields.Many2one("pa.liquidazione", "Payment approval", ondelete="restrict", index="btree_not_null")
    user_id = fields.Many2one("res.users", ondelete="restrict")
    timestamp = fields.Datetime("Recorded on", required=True)

    _not_zero = models.Constraint("CHECK (amount <> 0)", "A movement has an amount.")

    def init(self):
        """The table itself refuses what the ORM refuses: amounts, counters and owners of a movement never change."""
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION pa_movimento_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'pa_movimento is append-only'; END $$;
            CREATE OR REPLACE TRIGGER pa_movimento_append_only
            BEFORE DELETE OR UPDATE OF stanziamento_id, counter, amount, date, reason, atto_id, impegno_id, liquidazione_id
            ON pa_movimento FOR EACH ROW EXECUTE FUNCTION pa_movimento_append_only()
            """
        )

    @api.model
    def _insert(self, moves):
        """Write ``moves`` (stanziamento id, counter, amount, origin) in one INSERT."""
        if not moves:
            return
        values = SQL(", ").join(
            SQL(
                "(%s, (SELECT company_id FROM pa_stanziamento WHERE id = %s), %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                row_id, row_id, counter, amount, origin.get("date") or today(), origin["reason"], origin.get("atto_id"),
                origin.get("impegno_id"), origin.get("liquidazione_id"), self.env.uid, fields.Datetime.now(),
            )
            for row_id, counter, amount, origin in moves
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO pa_movimento (stanziamento_id, company_id, counter, amount, date, reason, atto_id, impegno_id, "
                "liquidazione_id, user_id, timestamp) VALUES %s", values,
            )
        )
        self.env["pa.stanziamento"].invalidate_model(["movimento_ids"], flush=False)

    # Born by SQL together with the counters: not even the procedure creates them through the ORM.

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("A movement is never deleted: an error is mended by a counter-movement.")]
