"""A process killed with SIGKILL in the middle of a transition, at each of several points; then another one goes on.

Prints as JSON, for each point, what was left behind and what the next process came to.
"""

import json
import os
import signal
import sys

from odoo import sql_db
from odoo.modules.registry import Registry

from scripts.town import Town
from tests.load.attack import operation

# point -> (operations done before, the operation that is killed, model and method after which it dies)
START, FIRMA, VISTO = (
    ("istruttore", "action_start"),
    ("responsabile", "action_complete_mine"),
    ("finanziario", "action_complete_mine"),
)
POINTS = {
    "after the hold": ([], START, "pa.atto.riga", "_hold"),
    "after the number, rendering": ([], START, "pa.atto.documento", "_store"),
    "inside the signature step": ([START], FIRMA, "pa.atto.passo", "_close"),
    "after the commitments": ([START, FIRMA], VISTO, "pa.atto", "_commit_funds"),
    "after the general number": ([START, FIRMA], VISTO, "pa.atto", "_assign_number"),
    "everything done, before the commit": ([START, FIRMA], VISTO, "pa.atto", "_proceed"),
    "while abandoning": ([START], ("istruttore", "action_abandon", "No"), "pa.atto", "_on_closed"),
}


def die_after(database, model, method):
    """Whoever calls this method in this process dies when it has done its work."""
    target = Registry(database)[model]
    original = getattr(target, method)

    def deadly(self, *arguments, **named):
        result = original(self, *arguments, **named)
        self.env.flush_all()
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(target, method, deadly)


def in_child(work):
    """Run in a process of its own; return its wait status."""
    sql_db.close_all()
    pid = os.fork()
    if not pid:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
    return os.waitpid(pid, 0)[1]


def state(database, act_id):
    """What a fresh connection sees of an act."""
    with sql_db.db_connect(database).cursor() as cursor:
        cursor.execute(
            """SELECT a.state, a.current_kind, a.number_settore, a.number_generale,
                      (SELECT count(*) FROM pa_impegno i WHERE i.atto_id = a.id),
                      (SELECT sum(r.held)::text FROM pa_atto_riga r WHERE r.atto_id = a.id),
                      (SELECT count(*) FROM pa_registro_voce v WHERE v.atto_id = a.id),
                      (SELECT count(*) FROM pa_atto_documento d WHERE d.atto_id = a.id),
                      (SELECT sum(m.amount)::text FROM pa_movimento m WHERE m.atto_id = a.id)
               FROM pa_atto a WHERE a.id = %s""",
            [act_id],
        )
        return [value or 0 for value in cursor.fetchone()]


def waiting_locks(database):
    """Advisory locks of the queue that are still held."""
    with sql_db.db_connect("postgres", allow_uri=True).cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE l.locktype = 'advisory' AND d.datname = %s",
            [database],
        )
        return cursor.fetchone()[0]


def kill_at(database, users, act_id, before, killed, model, method):
    """One act: operations that end well, one that dies, then the rest of the procedure."""

    def do(step):
        who, *call = step
        return operation(database, users[who], act_id, *call)

    def well(step):
        answer = do(step)
        assert not (answer["room"] or answer["error"]), answer

    for step in before:
        in_child_ok(lambda step=step: well(step))
    left = state(database, act_id)

    def dying():
        die_after(database, model, method)
        do(killed)

    status = in_child(dying)
    found = state(database, act_id)
    rest = [killed] if killed[1] == "action_abandon" else [START, FIRMA, VISTO][len(before) :]
    for step in rest:
        in_child_ok(lambda step=step: well(step))
    return {
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "before": left,
        "found": found,
        "after": state(database, act_id),
        "locks": waiting_locks(database),
    }


def in_child_ok(work):
    if status := in_child(work):
        raise SystemExit(f"an operation after or before the kill failed ({status})")


def main(env):
    town = Town(env)
    tipo = env.ref("pa_atti.tipo_determina_impegno")
    if "firma_mode" in env["pa.atto.tipo"]:
        tipo.firma_mode = "paper"
    acts = town.as_user("istruttore", env["pa.atto"]).create(
        [
            town.draft_vals(tipo, index, town.line(town.chapters[0], "10.01"))
            for index in range(len(POINTS))
        ]
    )
    users = {name: user.id for name, user in town.people.items()}
    ids, database = acts.ids, env.cr.dbname
    env.cr.commit()
    report = {
        point: kill_at(database, users, act_id, *how) for act_id, (point, how) in zip(ids, POINTS.items())
    }
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main(env)
    os._exit(0)
