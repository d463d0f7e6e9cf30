"""(c) the situation of all chapters, against the bare SELECT of the counters; (d) against account_budget_oca."""

from odoo.tools import SQL

from .bulk import multiply, settle
from .clock import Desk, interleaved, measure

CHAPTERS, YEARS, FEW, MANY = 5000, 3, 10_000, 1_000_000
FIGURES = ("assestato", "fpv", "bloccato", "prenotato", "impegnato", "liquidato", "pagato", "disponibile")
BARE = """
    SELECT s.id, c.code, c.name, s.year, s.assestato, s.fpv, s.bloccato, s.prenotato, s.impegnato, s.liquidato, s.pagato,
           s.assestato - s.fpv - s.bloccato - s.prenotato - s.impegnato
      FROM pa_stanziamento s JOIN pa_capitolo c ON c.id = s.capitolo_id ORDER BY s.year DESC, s.capitolo_id
"""
BARE_GROUPS = """
    SELECT programma_id, year, sum(assestato), sum(fpv), sum(bloccato), sum(prenotato), sum(impegnato), sum(liquidato),
           sum(pagato), sum(assestato - fpv - bloccato - prenotato - impegnato)
      FROM pa_stanziamento GROUP BY programma_id, year
"""
FIELDS = ["code", "name", "year", *FIGURES]


class Budget:
    """5,000 chapters × 3 years, whose counters are the sums of their movements."""

    def __init__(self, town, scale):
        self.env, self.scale = town.env, scale
        self.uid = town.people["finanziario"].id
        self.desk = Desk(town.env)
        self._chapters(town, int(CHAPTERS * scale))
        self.rows = town.env["pa.stanziamento"].search_count([])

    def _chapters(self, town, count):
        cr, chapter = self.env.cr, town.chapters[0]
        self.env.flush_all()
        account = chapter.analytic_account_id.id
        accounts = multiply(cr, "account_analytic_account", account, count, code=SQL("'U' || (10000 + n)"))
        chapters = multiply(
            cr, "pa_capitolo", chapter.id, count,
            number=SQL("10000 + n"), code=SQL("(10000 + n)::varchar"), analytic_account_id=SQL("%s + n", accounts),
        )
        first = self.env["pa.stanziamento"]._get(chapter, town.year)
        for year in range(town.year, town.year + YEARS):
            year_id = self.env["pa.esercizio"]._get(self.env.company, year).id
            multiply(
                cr, "pa_stanziamento", first.id, count, capitolo_id=SQL("%s + n", chapters),
                esercizio_id=SQL("%s", year_id), year=SQL("%s", year), assestato=SQL("0"), bloccato=SQL("0"),
                prenotato=SQL("0"), impegnato=SQL("0"), liquidato=SQL("0"),
            )
        self.first_new = chapters + 1
        self.env.invalidate_all()

    def move(self, count):
        """Add movements, one appropriation for three commitments, and bring the counters up to date."""
        cr = self.env.cr
        cr.execute(
            """INSERT INTO pa_movimento (stanziamento_id, company_id, counter, amount, date, reason, user_id, timestamp)
               SELECT r.ids[1 + n %% cardinality(r.ids)], %s, CASE n %% 4 WHEN 0 THEN 'assestato' ELSE 'impegnato' END,
                      CASE n %% 4 WHEN 0 THEN 1000 ELSE 10.01 END, current_date, 'Movimento di prova', 1, now()
                 FROM generate_series(1, %s) n,
                      (SELECT array_agg(id ORDER BY id) ids FROM pa_stanziamento WHERE capitolo_id >= %s) r""",
            [self.env.company.id, count, self.first_new],
        )
        # every chapter gets what it lacks, so that the checks hold
        cr.execute(
            """INSERT INTO pa_movimento (stanziamento_id, company_id, counter, amount, date, reason, user_id, timestamp)
               SELECT stanziamento_id, company_id, 'assestato', 5 + sum(amount) FILTER (WHERE counter = 'impegnato'),
                      current_date, 'Movimento di prova', 1, now()
                 FROM pa_movimento WHERE reason = 'Movimento di prova' GROUP BY stanziamento_id, company_id
                HAVING sum(amount) FILTER (WHERE counter = 'impegnato') > 0"""
        )
        cr.execute(
            """UPDATE pa_stanziamento s SET assestato = m.assestato, impegnato = m.impegnato
                 FROM (SELECT stanziamento_id, COALESCE(sum(amount) FILTER (WHERE counter = 'assestato'), 0) assestato,
                              COALESCE(sum(amount) FILTER (WHERE counter = 'impegnato'), 0) impegnato
                         FROM pa_movimento GROUP BY stanziamento_id) m
                WHERE m.stanziamento_id = s.id AND s.capitolo_id >= %s""",
            [self.first_new],
        )
        settle(cr, "pa_movimento", "pa_stanziamento", "pa_capitolo")
        self.env.invalidate_all()

    # contenders

    def all_rows(self, _number=0):
        """Every chapter and year, as the XLSX export and the API take them."""
        return self.desk.do(self.uid, lambda env: env["pa.situazione"]._rows(FIELDS))

    def page(self, _number=0):
        """The first page of the list, with its length."""
        spec = {name: {} for name in FIELDS}
        return self.desk.do(
            self.uid, lambda env: env["pa.situazione"].web_search_read([], spec, limit=80, count_limit=10001)
        )

    def groups(self, _number=0):
        """The pivot by programma and year."""
        return self.desk.do(
            self.uid,
            lambda env: env["pa.situazione"].formatted_read_group(
                [], ["programma_id", "year"], [f"{name}:sum" for name in FIGURES]
            ),
        )

    def bare(self, query):
        """A contender that runs this query and fetches it whole."""

        def run(_number=0):
            def work(env):
                env.cr.execute(query)
                return env.cr.fetchall()

            return self.desk.do(self.uid, work)

        return run

    def measures(self, label, rounds):
        """All of (c) with the movements that there are."""
        contenders = {
            "all rows": self.all_rows,
            "bare SELECT of all rows": self.bare(BARE),
            "pivot by programme and year": self.groups,
            "bare SELECT with GROUP BY": self.bare(BARE_GROUPS),
            "first page of the list": self.page,
        }
        assert len(self.all_rows()) == len(self.bare(BARE)()) == self.rows
        seconds = interleaved(contenders, rounds, warmup=2)
        pairs = (
            ("all rows", "bare SELECT of all rows", 2),
            ("pivot by programme and year", "bare SELECT with GROUP BY", 2),
            ("first page of the list", "bare SELECT of all rows", None),
        )
        return [measure(f"situation, {label}", seconds, *pair) for pair in pairs]


_made = {}


def _budget(town, scale):
    if town not in _made:
        _made[town] = Budget(town, scale)
    return _made[town]


def situation(town, scale):
    """(c), with few movements and with a million."""
    budget, rounds = _budget(town, scale), max(3, int(9 * min(1, scale * 10)))
    few, many = int(FEW * scale), int(MANY * scale)
    budget.move(few)
    first = budget.measures(f"{budget.rows} rows, {few} movements", rounds)
    budget.move(many - few)
    if problems := town.env["pa.quadratura"]._quadratura():
        raise RuntimeError(f"the counters do not reconcile: {problems[:3]}")
    second = budget.measures(f"{budget.rows} rows, {many} movements", rounds)
    for before, after in zip(first, second):
        for whose in ("ours", "against"):
            after[f"{whose}_growth"] = round(after[f"{whose}_seconds"] / before[f"{whose}_seconds"], 2)
    return first + second


def against_oca(town, scale):
    """(d): as many OCA budget lines, over as many analytic items as there are movements."""
    budget, env = _budget(town, scale), town.env
    count = int(MANY * scale)
    env.cr.execute("SELECT count(*) FROM pa_movimento")
    if env.cr.fetchone()[0] < count:
        budget.move(count)
    lines = _oca_lines(town, scale, count)
    uid = env.ref("base.user_admin").id

    def theirs(_number=0):
        return budget.desk.do(
            uid,
            lambda e: e["crossovered.budget.lines"]
            .browse(lines)
            .read(["analytic_account_id", "date_from", "planned_amount", "practical_amount"]),
        )

    if not all(row["practical_amount"] for row in theirs()):
        raise RuntimeError("OCA's practical amounts are zero: the accounts are in the wrong plan")
    seconds = interleaved(
        {"situation of all chapters": budget.all_rows, "account_budget_oca": theirs}, 2, warmup=0
    )
    label = f"{len(lines)} budget lines, {count} items"
    return [measure(label, seconds, "situation of all chapters", "account_budget_oca", 0.05)]


def _oca_lines(town, scale, count):
    """Budget lines, one per account and year, and their analytic items; ids of the lines."""
    env, cr = town.env, town.env.cr
    env["account.chart.template"].try_loading("generic_coa", env.company, install_demo=False)
    general = env["account.account"].search([("company_ids", "in", env.company.ids)], limit=1)
    post = env["account.budget.post"].create({"name": "Posta", "account_ids": [(6, 0, general.ids)]})
    plan, _others = env["account.analytic.plan"]._get_all_plans()
    account = env["account.analytic.account"].create({"name": "Conto", "plan_id": plan.id})
    item = env["account.analytic.line"].create(
        {
            "name": "Voce", "account_id": account.id, "amount": -10.01, "date": f"{town.year}-06-30",
            "general_account_id": general.id,
        }
    )
    dates = {"date_from": f"{town.year}-01-01", "date_to": f"{town.year}-12-31"}
    bilancio = env["crossovered.budget"].create({"name": "Bilancio", **dates})
    line = env["crossovered.budget.lines"].create(
        {
            "crossovered_budget_id": bilancio.id, "analytic_account_id": account.id,
            "general_budget_id": post.id, "planned_amount": 1000, **dates,
        }
    )
    env.flush_all()
    accounts = int(CHAPTERS * scale)
    before = multiply(cr, "account_analytic_account", account.id, accounts)
    ids = []
    for offset in range(YEARS):
        year, shift = town.year + offset, SQL("make_interval(years => %s)", offset)
        start = multiply(
            cr, "crossovered_budget_lines", line.id, accounts, analytic_account_id=SQL("%s + n", before),
            date_from=SQL("%s::date", f"{year}-01-01"), date_to=SQL("%s::date", f"{year}-12-31"),
        )
        multiply(
            cr, "account_analytic_line", item.id, count // YEARS, account_id=SQL("%s + 1 + n %% %s", before, accounts),
            date=SQL("(t.date + %s)::date", shift),
        )
        ids += range(start + 1, start + accounts + 1)
    settle(cr, "account_analytic_line", "crossovered_budget_lines", "account_analytic_account")
    env.invalidate_all()
    return ids
