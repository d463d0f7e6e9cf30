"""N processes on the same three chapters and registers; prints as JSON what each operation came to.

`env` comes from launcher/odoo_script.py. Arguments: number of processes, of quick acts, of held ones, of whole ones.
"""

import json
import os
import sys
import time
from functools import partial

from odoo import api, sql_db
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying

from scripts.town import Town

QUICK = "RAPIDA"
AMOUNTS = ("10.01", "13.37", "9.99", "20.00", "7.63")


def prepare(env, quick, held, whole):
    """Drafts of three sorts, spread on the same three chapters; returns (kind, act, amount, users)."""
    town = Town(env, amount="1700.00")
    ends = (("visto", "ruolo_finanziario", None), ("esecutivita", None, None), ("numerazione", None, "generale"))
    types = {
        "quick": town.procedure(QUICK, ("redazione", None, None), *ends),
        "held": town.procedure("SOSPESA", ("redazione", None, None), ("attesa", None, None), *ends),
        "whole": env.ref("pa_atti.tipo_determina_impegno"),
    }
    town.paper()
    plan = []
    for kind, count in (("quick", quick), ("held", held), ("whole", whole)):
        for index in range(count):
            amount = AMOUNTS[index % len(AMOUNTS)]
            line = town.line(town.chapters[index % 3], amount)
            plan.append((kind, amount, town.draft_vals(types[kind], index, line)))
    acts = town.as_user("istruttore", env["pa.atto"]).create([vals for _k, _a, vals in plan])
    # the sorts are mixed, in an order that is always the same
    jobs = [(kind, act.id, amount) for (kind, amount, _vals), act in zip(plan, acts)]
    jobs.sort(key=lambda job: (job[1] * 7919) % 1009)
    return jobs, {name: user.id for name, user in town.people.items()}


def operation(database, uid, act_id, method, *arguments):
    """One operation as the web server runs it: a transaction of its own through ``retrying``."""
    start, answer = time.monotonic(), {"error": "", "room": ""}
    with Registry(database).cursor() as cursor:
        env = api.Environment(cursor, uid, {"lang": "en_US", "tz": "Europe/Rome"})
        try:
            retrying(partial(call, env, act_id, method, *arguments), env)
        except UserError as refusal:
            cursor.rollback()
            answer["room"] = str(refusal)
        except Exception as error:  # what a user would see as a failure: this is what the test looks for
            cursor.rollback()
            answer["error"] = f"{type(error).__name__}: {error}"
    return {**answer, "method": method, "seconds": time.monotonic() - start}


def call(env, act_id, method, *arguments):
    act = env["pa.atto"].browse(act_id)
    return getattr(act, method)(*arguments)


def play(database, users, kind, act_id):
    """The operations of one act, until one is refused."""
    steps = {
        "quick": [("istruttore", "action_start"), ("finanziario", "action_complete_mine")],
        "held": [("istruttore", "action_start"), ("istruttore", "action_abandon", "Non serve")],
        "whole": [
            ("istruttore", "action_start"),
            ("responsabile", "action_complete_mine"),
            ("finanziario", "action_complete_mine"),
        ],
    }[kind]
    for who, *step in steps:
        answer = operation(database, users[who], act_id, *step)
        yield answer
        if answer["room"] or answer["error"]:
            return


def spare_pages(registry):
    """The quick acts make no page: the whole ones do, and here it is the queues that are under attack."""
    model = registry["pa.atto.passo"]
    enter = model._on_enter
    model._on_enter = lambda step: None if step.tipo_id.code == QUICK else enter(step)


def worker(database, users, jobs, out):
    """One process's share of the work."""
    spare_pages(Registry(database))
    for kind, act_id, amount in jobs:
        for answer in play(database, users, kind, act_id):
            print(
                json.dumps({**answer, "kind": kind, "act": act_id, "amount": amount}),
                file=out,
                flush=True,
            )


def main(env, workers, *counts):
    jobs, users = prepare(env, *counts)
    env.cr.commit()
    database = env.cr.dbname
    sql_db.close_all()
    children = []
    for index in range(workers):
        pid = os.fork()
        if not pid:
            status = 1
            try:
                with open(f"{os.environ['PA_OUT']}.{index}", "w") as out:
                    worker(database, users, jobs[index::workers], out)
                status = 0
            finally:
                os._exit(status)
        children.append(pid)
    failed = [pid for pid in children if os.waitpid(pid, 0)[1]]
    return len(failed)


if __name__ == "__main__":
    status = main(env, *map(int, sys.argv[1:]))
    os._exit(status)
