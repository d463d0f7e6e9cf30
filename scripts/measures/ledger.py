"""(b) registering an impegno, against the bare SQL of the same counter update and insert, with commit."""

from odoo import SUPERUSER_ID, sql_db

from .clock import Desk, interleaved, measure

BARE = (
    """UPDATE bench_stanziamento SET impegnato = impegnato + 10.01
       WHERE id = %(row)s AND assestato - fpv - bloccato - prenotato - impegnato >= 10.01 RETURNING id""",
    """INSERT INTO bench_impegno (kind, company_id, stanziamento_id, capitolo_id, year, number, sub_number, subsub_number, date, description,
         amount_initial, amount, bloccato, subimpegnato, utilizzato, liquidato, pagato)
       SELECT 'impegno', company_id, id, capitolo_id, year, %(number)s, 0, 0, current_date, 'Manutenzione', 10.01, 10.01,
         0, 0, 0, 0, 0 FROM bench_stanziamento WHERE id = %(row)s""",
    """INSERT INTO bench_movimento (stanziamento_id, company_id, counter, amount, date, reason, timestamp)
       SELECT id, company_id, 'impegnato', 10.01, current_date, 'Impegno', now() FROM bench_stanziamento
       WHERE id = %(row)s""",
)


class Bare:
    """Three statements and a commit, on copies of the tables (their indexes and checks included)."""

    def __init__(self, env, chapter):
        for name in ("stanziamento", "impegno", "movimento"):
            env.cr.execute(f"CREATE TABLE bench_{name} (LIKE pa_{name} INCLUDING ALL)")
        env.cr.execute("INSERT INTO bench_stanziamento SELECT * FROM pa_stanziamento")
        self.row = env["pa.stanziamento"].search([("capitolo_id", "=", chapter.id)], limit=1).id
        self.database = env.cr.dbname

    def register(self, number):
        """One impegno."""
        with sql_db.db_connect(self.database).cursor() as cursor:
            for statement in BARE:
                cursor.execute(statement, {"row": self.row, "number": number + 1})
            cursor.commit()


def one_impegno(town, rounds):
    """(b): the same transaction as the visto's, without the act around it."""
    warmup = 5
    steps = [("redazione", None), ("attesa", None), ("visto", "ruolo_finanziario"), ("esecutivita", None)]
    tipo = town.procedure("SOSPESA", *((kind, role, None) for kind, role in steps))
    draft = town.draft_vals(tipo, 1, town.line(town.chapters[0], "10.01"))
    acts = town.as_user("istruttore", town.env["pa.atto"]).create([draft] * (rounds + warmup + 1))
    for act in acts:
        act.action_start()
    ids, desk = acts.ids, Desk(town.env)
    bare = Bare(town.env, town.chapters[0])
    town.env.cr.commit()

    def register(number):
        desk.do(SUPERUSER_ID, lambda env: env["pa.atto"].browse(ids[number])._commit_funds())

    seconds = interleaved(
        {"impegno numbered, ledger, register": register, "bare SQL": bare.register}, rounds, warmup
    )
    town.env.invalidate_all()
    town.env.cr.rollback()
    if town.env["pa.quadratura"]._quadratura():
        raise RuntimeError("the counters do not reconcile")
    queries = desk.counted(register, rounds + warmup)
    return [
        measure(
            "registering an impegno", seconds, "impegno numbered, ledger, register", "bare SQL", None,
            queries=queries, against_queries=len(BARE),
        )
    ]
