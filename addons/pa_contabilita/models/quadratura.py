from odoo import api, fields, models
from odoo.tools import SQL

from .stanziamento import COUNTERS

CONSTRAINTS = {
    "pa_stanziamento": {
        "pa_stanziamento_room_check", "pa_stanziamento_not_negative_check", "pa_stanziamento_chain_check",
        "pa_stanziamento_size_check",
        "pa_stanziamento_capitolo_year_unique",
    },
    "pa_impegno": {"pa_impegno_room_check", "pa_impegno_not_negative_check", "pa_impegno_size_check"},
    "pa_capitolo": {"pa_capitolo_code_unique", "pa_capitolo_analytic_unique"},
    "pa_movimento": {"pa_movimento_not_zero"},
}
UNIQUE_INDEXES = {"pa_impegno": "pa_impegno_number_unique", "pa_liquidazione": "pa_liquidazione_number_unique"}
IMPEGNO_CHECKS = {
    "amount": """
        SELECT i.id, i.amount - i.utilizzato, COALESCE(SUM(m.amount), 0) FROM pa_impegno i LEFT JOIN pa_movimento m
            ON m.impegno_id = i.id AND m.counter = CASE i.kind WHEN 'prenotazione' THEN 'prenotato' ELSE 'impegnato' END
        WHERE i.parent_id IS NULL AND i.company_id = ANY(%(companies)s) GROUP BY i.id
        HAVING i.amount - i.utilizzato <> COALESCE(SUM(m.amount), 0)""",
    "subimpegnato": """
        SELECT i.id, i.subimpegnato, COALESCE(SUM(c.amount), 0) FROM pa_impegno i LEFT JOIN pa_impegno c ON c.parent_id = i.id
        WHERE i.company_id = ANY(%(companies)s) GROUP BY i.id HAVING i.subimpegnato <> COALESCE(SUM(c.amount), 0)""",
    "liquidato": """
        SELECT i.id, i.liquidato, COALESCE(SUM(m.amount), 0) FROM pa_impegno i
            LEFT JOIN pa_movimento m ON m.impegno_id = i.id AND m.counter = 'liquidato'
        WHERE i.company_id = ANY(%(companies)s) GROUP BY i.id HAVING i.liquidato <> COALESCE(SUM(m.amount), 0)""",
    "bloccato": """
        SELECT i.id, i.bloccato, COALESCE(SUM(r.held), 0) FROM pa_impegno i LEFT JOIN pa_atto_riga r ON r.held_impegno_id = i.id
        WHERE i.company_id = ANY(%(companies)s) GROUP BY i.id HAVING i.bloccato <> COALESCE(SUM(r.held), 0)""",
    "utilizzato": """
        SELECT i.id, i.utilizzato, COALESCE(SUM(c.amount_initial), 0) FROM pa_impegno i
            LEFT JOIN pa_impegno c ON c.prenotazione_id = i.id
        WHERE i.company_id = ANY(%(companies)s) GROUP BY i.id HAVING i.utilizzato <> COALESCE(SUM(c.amount_initial), 0)""",
}


class PaQuadratura(models.Model):
    """Reconciliation: every counter is the sum of its movements, and the database really holds the constraints."""

    _name = "pa.quadratura"
    _description = "Reconciliation"
    _order = "id desc"

    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    user_id = fields.Many2one("res.users", readonly=True, default=lambda self: self.env.user)
    problem_count = fields.Integer("Problems", readonly=True)
    problems = fields.Text("What was found", readonly=True)
    ok = fields.Boolean("In order", readonly=True)

    @api.model
    def _quadratura(self, companies=None):
        """Problems found (list of str); none means that all agrees. Pure SQL, one pass per table."""
        self.env.flush_all()
        ids = (companies or self.env.companies).ids
        return self._check_constraints() + self._check_counters(ids) + self._check_impegni(ids) + self._check_holds(ids)

    def _check_constraints(self):
        """A constraint that failed to be created is only a log line in Odoo: ask the catalogue itself."""
        problems = []
        for table, expected in CONSTRAINTS.items():
            rows = self.env.execute_query(
                SQL("SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND convalidated", table)
            )
            for name in sorted(expected - {row[0] for row in rows}):
                problems.append(self.env._("Constraint %(name)s is missing on %(table)s.", name=name, table=table))
        for table, name in UNIQUE_INDEXES.items():
            valid = SQL("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisunique AND indisvalid", name)
            if not self.env.execute_query(valid):
                problems.append(self.env._("Constraint %(name)s is missing on %(table)s.", name=name, table=table))
        if not self.env.execute_query(
            SQL("SELECT 1 FROM pg_trigger WHERE tgname = 'pa_movimento_append_only' AND tgenabled <> 'D'")
        ):
            problems.append(self.env._("The movements' table is no longer append-only."))
        return problems

    def _check_counters(self, company_ids):
        sums = SQL(", ").join(
            SQL("COALESCE(SUM(m.amount) FILTER (WHERE m.counter = %s), 0)", name) for name in COUNTERS
        )
        columns = SQL(", ").join(SQL("s.%s", SQL.identifier(name)) for name in COUNTERS)
        rows = self.env.execute_query(
            SQL(
                "SELECT s.id, %s, %s FROM pa_stanziamento s LEFT JOIN pa_movimento m ON m.stanziamento_id = s.id "
                "WHERE s.company_id = ANY(%s) GROUP BY s.id HAVING (%s) IS DISTINCT FROM (%s)",
                columns, sums, list(company_ids), columns, sums,
            )
        )
        problems = []
        for row_id, *values in rows:
            record = self.env["pa.stanziamento"].sudo().browse(row_id)  # the reconciliation looks at every office
            for name, counter, ledger in zip(COUNTERS, values[: len(COUNTERS)], values[len(COUNTERS):]):
                if counter != ledger:
                    problems.append(self._difference(record.display_name, name, counter, ledger))
        return problems

    def _check_impegni(self, company_ids):
        problems = []
        for name, query in IMPEGNO_CHECKS.items():
            self.env.cr.execute(query, {"companies": list(company_ids)})
            for row_id, counter, ledger in self.env.cr.fetchall():
                record = self.env["pa.impegno"].sudo().browse(row_id)  # as above
                problems.append(self._difference(record.name, name, counter, ledger))
        return problems

    def _check_holds(self, company_ids):
        """Holds of appropriations are the holds of the lines of acts under way."""
        rows = self.env.execute_query(
            SQL(
                "SELECT s.id, s.bloccato, COALESCE(SUM(r.held), 0) FROM pa_stanziamento s "
                "LEFT JOIN pa_atto_riga r ON r.held_stanziamento_id = s.id WHERE s.company_id = ANY(%s) "
                "GROUP BY s.id HAVING s.bloccato <> COALESCE(SUM(r.held), 0)", list(company_ids),
            )
        )
        records = self.env["pa.stanziamento"].sudo()  # as above
        return [self._difference(records.browse(r[0]).display_name, "bloccato", r[1], r[2]) for r in rows]

    def _difference(self, label, name, counter, ledger):
        return self.env._(
            "%(label)s: %(name)s is %(counter)s and should be %(ledger)s.",
            label=label, name=name, counter=counter, ledger=ledger,
        )

    @api.model
    def _run(self, company):
        problems = self._quadratura(company)
        return self.sudo().create({  # results are written by the check, not by users
            "company_id": company.id, "user_id": self.env.uid, "problem_count": len(problems),
            "problems": "\n".join(problems), "ok": not problems,
        })

    @api.model
    def _cron_quadratura(self):
        for (company,) in self.env["pa.esercizio"]._read_group([], ["company_id"]):
            self._run(company)

    def action_run(self):
        """Reconcile the current company now, and show what was found; the chosen ones, if any, do not matter."""
        self.browse().check_access("read")
        return {
            "type": "ir.actions.act_window", "res_model": self._name, "res_id": self._run(self.env.company).id,
            "view_mode": "form",
        }
