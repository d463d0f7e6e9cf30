"""Runs by odoo_script.py: a remote service's one-time code in transactions that are repeated; prints facts as JSON."""

import json
import os
from functools import partial
from itertools import count

import psycopg2

from odoo.addons.pa_firma.tools.csc_service import TrainingService
from odoo.service.model import retrying

from tests.firma.common import CODE, head_of_office, started_acts, trusted_pki

env = env  # noqa: F821 - given by odoo_script.py
user = head_of_office(env)
pki, tsa = trusted_pki(env)
service = TrainingService()
account = service.add("marco", pki.issue("Marco", CODE, "x", kind="ec"), "x", password="parola", pin="13579")
fornitore = env["pa.firma.fornitore"].create({"name": "Prova", "url": service.url("v2"), "version": "v2"})
me = env(user=user.id)
device = me["pa.firma.dispositivo"]._enroll_remote(user, "Firma", fornitore, "marco", "parola")
atti = started_acts(me, 8)
facts, seen = {}, []
PG = {"dbname": env.cr.dbname, "host": os.environ.get("PGHOST"), "user": os.environ.get("PGUSER")}


def watch(method, _content):
    """While the service works, no transaction of this server is open."""
    if method.startswith(("credentials/authorize", "signatures/")):
        connection = psycopg2.connect(**{name: value for name, value in PG.items() if value})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%'"
            )
            seen.append(cursor.fetchone()[0])
        connection.close()


def code():
    device.send_code("parola")
    env.cr.commit()
    return account.codes[-1]


def lose():
    env.cr.execute("DO $$ BEGIN RAISE serialization_failure; END $$")


Passo = type(env["pa.atto.passo"])
original, attempts = Passo.action_complete, []
numbers = count(1)


def losing(self, *args, **kwargs):
    number = next(numbers)  # several documents are at work at once: each attempt has its own
    attempts.append(number)
    result = original(self, *args, **kwargs)
    if number in (1, 2):
        self.env.flush_all()
        self.env.cr.execute("DO $$ BEGIN RAISE serialization_failure; END $$")
    return result


service.fault = watch
Passo.action_complete = losing
step = atti[0]._my_step()
retrying(partial(step.action_sign, device.id, "13579", otp=code(), account_password="parola"), me)
facts["one"] = [step.state, len(attempts), service.authorizations, tsa.requests]

attempts.clear()
numbers = count(1)
libro = me["pa.firma.libro"]
steps = [atto._my_step().id for atto in atti[1:4]]
outcomes = libro.sign(steps, device.id, "13579", code(), "parola")
facts["batch"] = [[o["state"] for o in outcomes], len(attempts), service.authorizations, tsa.requests]
Passo.action_complete = original

# The whole call is repeated, as Odoo does when the request's own transaction loses.
calls, steps = [], [atto._my_step().id for atto in atti[4:6]]
otp = code()


def sign_and_lose():
    calls.append(1)
    outcomes = libro.sign(steps, device.id, "13579", otp, "parola")
    if len(calls) == 1:
        lose()
    return outcomes


retrying(sign_and_lose, me)
facts["call"] = [len(calls), service.authorizations, me["pa.atto.passo"].browse(steps).mapped("state")]

# The timestamp authority dies after the code was spent: the signatures are kept, no other code is asked.
steps = [atto._my_step().id for atto in atti[6:]]
otp = code()
env["ir.config_parameter"].set_param("pa_firma.tsa_url", "http://127.0.0.1:9/")
env.cr.commit()
refused = libro.sign(steps, device.id, "13579", otp, "parola")
env["ir.config_parameter"].set_param("pa_firma.tsa_url", tsa.url)
env.cr.commit()
again = libro.sign(steps, device.id, "", "", "parola")
facts["kept"] = [[o["state"] for o in refused], [o["state"] for o in again], service.authorizations]
facts["open_transactions"] = [len(seen), sum(seen)]
facts["verdicts"] = env["pa.firma"].search([]).mapped("verdict")
tsa.close()
service.close()
print("FACTS " + json.dumps(facts))
