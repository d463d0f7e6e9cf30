"""(a) one act with one impegno through the visto, against a two-line journal entry; (g) three approvals in sequence."""

from unittest.mock import patch

from odoo.fields import Command

from .clock import Desk, interleaved, measure

PDF = b"%PDF-1.7\n% what a renderer gave before\n"


class Entries:
    """Journal entries of two lines, created and posted in one transaction."""

    def __init__(self, env):
        self.desk = Desk(env)
        env["account.chart.template"].try_loading("generic_coa", env.company, install_demo=False)
        accounts = env["account.account"].search([("company_ids", "in", env.company.ids)], limit=2)
        journal = env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", env.company.id)], limit=1
        )
        self.uid = env.ref("base.user_admin").id
        self.journal_id, self.account_ids = journal.id, accounts.ids

    def values(self):
        """Values of one entry."""
        debit, credit = self.account_ids
        return {
            "move_type": "entry",
            "journal_id": self.journal_id,
            "line_ids": [
                Command.create({"account_id": debit, "debit": 10.01, "name": "a"}),
                Command.create({"account_id": credit, "credit": 10.01, "name": "b"}),
            ],
        }

    def post(self, _number=0):
        """Create and post one."""
        self.desk.do(self.uid, lambda env: env["account.move"].create(self.values()).action_post())


class Acts:
    """Determine with one impegno, from the draft to the visto: four transactions by three people."""

    STEPS = (
        ("istruttore", "action_start"),
        ("responsabile", "action_complete_mine"),
        ("finanziario", "action_complete_mine"),
    )

    def __init__(self, town):
        self.town, self.desk = town, Desk(town.env)
        tipo = town.env.ref("pa_atti.tipo_determina_impegno")
        town.paper()  # signing is measured by itself
        self.users = {name: user.id for name, user in town.people.items()}
        self.vals = town.draft_vals(tipo, 1, town.line(town.chapters[0], "10.01"))

    def through_visto(self, _number=0):
        """One act, all documents rendered."""
        act = self.desk.do(self.users["istruttore"], lambda env: env["pa.atto"].create(self.vals).id)
        for who, method in self.STEPS:
            self.desk.do(self.users[who], lambda env, m=method: getattr(env["pa.atto"].browse(act), m)())

    def without_rendering(self, number=0):
        """The same, with WeasyPrint's work left out."""
        with patch("odoo.addons.pa_atti.models.atto_documenti.render_pdf", lambda *_a, **_k: PDF):
            self.through_visto(number)


def one_act(town, rounds):
    """(a)."""
    entries, acts = Entries(town.env), Acts(town)
    town.env.cr.commit()
    seconds = interleaved(
        {
            "act through the visto": acts.through_visto,
            "the same, without rendering its two PDF": acts.without_rendering,
            "journal entry created and posted": entries.post,
        },
        rounds,
        warmup=3,
    )
    queries = {
        "queries": acts.desk.counted(acts.through_visto),
        "against_queries": entries.desk.counted(entries.post),
    }
    against = "journal entry created and posted"
    return [
        measure("one act with one impegno through the visto", seconds, name, against, 1.5, **queries)
        for name in ("act through the visto", "the same, without rendering its two PDF")
    ]


class Opinions:
    """An act that three people approve one after the other."""

    def __init__(self, town):
        self.desk, self.town = Desk(town.env), town
        steps = [("redazione", None, None)] + [("parere", role, None) for role in self.ROLES]
        self.tipo = town.procedure("PARERI", *steps)
        self.users = {name: user.id for name, user in town.people.items()}
        self.vals = town.draft_vals(self.tipo)

    ROLES = ("ruolo_responsabile", "ruolo_finanziario", "ruolo_segretario")

    def draft(self):
        """An act to approve; not measured."""
        return self.desk.do(self.users["istruttore"], lambda env: env["pa.atto"].create(self.vals).id)

    def approve(self, act):
        """Start, then three opinions, each in its transaction."""
        self.desk.do(self.users["istruttore"], lambda env: env["pa.atto"].browse(act).action_start())
        for name in ("responsabile", "finanziario", "segretario"):
            self.desk.do(self.users[name], lambda env: env["pa.atto"].browse(act).action_complete_mine())


class Tiers:
    """A document that the same three people approve in sequence with OCA's base_tier_validation."""

    def __init__(self, town, notify):
        env = town.env
        self.desk, self.name = Desk(env), f"{'loud' if notify else 'quiet'}"
        self.users = {name: user.id for name, user in town.people.items()}
        model = env["ir.model"]._get("pa.bench.document")
        env["tier.definition"].create(
            [
                {
                    "model_id": model.id,
                    "name": f"{self.name} {who}",
                    "review_type": "individual",
                    "reviewer_id": town.people[who].id,
                    "definition_domain": f"[('name', '=', '{self.name}')]",
                    "approve_sequence": True,
                    "sequence": 30 - index,
                    "notify_on_create": notify,
                    "notify_on_pending": notify,
                    "notify_on_accepted": notify,
                }
                for index, who in enumerate(("responsabile", "finanziario", "segretario"))
            ]
        )

    def draft(self):
        """A document to approve; not measured."""
        vals = {"name": self.name}
        return self.desk.do(
            self.users["istruttore"], lambda env: env["pa.bench.document"].create(vals).id
        )

    def approve(self, document):
        """Request, then three validations, each in its transaction."""
        self.desk.do(
            self.users["istruttore"],
            lambda env: env["pa.bench.document"].browse(document).request_validation(),
        )
        for name in ("responsabile", "finanziario", "segretario"):
            self.desk.do(
                self.users[name], lambda env: env["pa.bench.document"].browse(document).validate_tier()
            )


def three_approvals(town, rounds):
    """(g)."""
    contenders = {
        "three opinions in sequence": Opinions(town),
        "base_tier_validation, no notifications": Tiers(town, False),
        "base_tier_validation, with notifications": Tiers(town, True),
    }
    town.env.cr.commit()
    warmup = 2
    drafts = {
        name: [contender.draft() for _number in range(rounds + warmup + 1)]
        for name, contender in contenders.items()
    }
    seconds = interleaved(
        {
            name: lambda number, name=name: contenders[name].approve(drafts[name][number])
            for name in contenders
        },
        rounds,
        warmup,
    )
    counts = {
        name: contender.desk.counted(contender.approve, drafts[name][-1])
        for name, contender in contenders.items()
    }
    _check_approved(town.env, drafts)
    ours, *others = contenders
    return [
        measure(
            "three approvals in sequence", seconds, ours, other, 1,
            queries=counts[ours], against_queries=counts[other],
        )
        for other in others
    ]


def _check_approved(env, drafts):
    env.cr.rollback()
    env.invalidate_all()
    acts, quiet, loud = drafts.values()
    states = set(env["pa.atto"].browse(acts).mapped("state"))
    statuses = set(env["pa.bench.document"].browse(quiet + loud).mapped("validation_status"))
    if (states, statuses) != ({"done"}, {"validated"}):
        raise RuntimeError(f"not everything was approved: {states} {statuses}")
