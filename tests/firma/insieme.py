"""Runs by odoo_script.py: answers given by many at once, races lost at every commit, the server killed half way; facts as JSON."""

import base64
import inspect
import json
import logging
import threading
from functools import partial

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from odoo import fields
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.addons.pa_firma.tools import csc
from odoo.addons.pa_firma.tools.csc_service import TrainingService
from odoo.service.model import retrying
from odoo.sql_db import Cursor

from tests.firma.common import CODE, head_of_office, started_acts, trusted_pki

env = env  # noqa: F821 - given by odoo_script.py
user = head_of_office(env)
pki, tsa = trusted_pki(env)
service = TrainingService()
account = service.add("marco", pki.issue("Marco", CODE, "x", kind="ec"), "x", password="parola", pin="13579")
fornitore = env["pa.firma.fornitore"].create({"name": "Prova", "url": service.url("v2"), "version": "v2"})
me = env(user=user.id)
remote = me["pa.firma.dispositivo"]._enroll_remote(user, "Firma", fornitore, "marco", "parola")
blob = pki.issue("Marco", CODE, "x", kind="ec")
key, cert, _chain = pkcs12.load_key_and_certificates(blob, b"x")
der = base64.b64encode(cert.public_bytes(serialization.Encoding.DER)).decode()
card = me["pa.firma.dispositivo"].enroll_card("Tessera", der)
waiting = [atto._my_step() for atto in started_acts(me, 90)]
logging.getLogger("odoo.sql_db").setLevel(logging.CRITICAL)  # the races are lost on purpose
Richiesta, facts = type(env["pa.firma.richiesta"]), {}


def code():
    remote.send_code("parola")
    env.cr.commit()
    return account.codes[-1]


def renewed(record):
    env.cr.rollback()
    env.transaction.clear()
    return env[record._name].browse(record.ids)


def request_of(step):
    return env["pa.firma.richiesta"].search([("passo_id", "=", step.id)])


# Eight connections give the same answer at once, some minutes after the document was prepared -----------------------

step = waiting.pop()
[prepared] = me["pa.firma.libro"].prepare(step.ids, card)
request = renewed(request_of(step))
sealed_write(request, {"date": fields.Datetime.subtract(fields.Datetime.now(), minutes=5)})
env.cr.commit()
signature = base64.b64encode(key.sign(base64.b64decode(prepared["to_sign"]), ec.ECDSA(hashes.SHA256()))).decode()
before, outcomes, ready = tsa.requests, [], threading.Barrier(8)


def answer():
    threading.current_thread().dbname = env.registry.db_name
    ready.wait()
    with env.registry.cursor() as cr:
        apart = me(cr=cr)
        given = [{"richiesta_id": prepared["richiesta_id"], "signature": signature}]
        outcomes.extend(retrying(partial(apart["pa.firma.libro"].finish, given), apart))


threads = [threading.Thread(target=answer) for _n in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
request = renewed(request)
facts["at_once"] = {
    "states": sorted(outcome["state"] for outcome in outcomes),
    "timestamps": tsa.requests - before,
    "request": request.state,
    "signatures": len(renewed(step).firma_ids),
    "same_file": request.signed_sha256 == renewed(step).firma_ids.documento_id.sha256,
}

# The race is lost at every commit, one after the other ----------------------------------------------------------------

flush, commits, lost_at = Cursor.flush, [], [0]


def losing(self):
    """Where PostgreSQL refuses who lost a race: as the last work of a transaction is sent. The commit after it never fails."""
    flush(self)
    caller, second, third = (name for _frame, _file, _line, name, *_more in inspect.stack(0)[1:4])
    if caller == "retrying" or (second == "__exit__" and third == "own_transaction"):
        self.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        commits.extend([1] * self.fetchone()[0])  # who only reads loses no race
        if len(commits) == lost_at[0]:
            lost_at[0] = 0
            self.execute("DO $$ BEGIN RAISE serialization_failure; END $$")


def races(sign, count=1):
    """[(state, authorizations, timestamps)] of each commit lost in turn, until there are no more."""
    found, position = [], 0
    while not position or len(commits) >= position:
        position += 1
        steps, otp, stamped = [waiting.pop() for _n in range(count)], code(), tsa.requests
        authorized = service.authorizations
        commits.clear()
        lost_at[0] = position
        Cursor.flush = losing
        try:
            said = retrying(partial(sign, steps, otp), me)
        except Exception as error:
            said = repr(error)
        Cursor.flush = flush
        states = {renewed(step).state for step in steps}
        told = said is True or {outcome["state"] for outcome in said} == {"signed"} if isinstance(said, (bool, list)) else False
        found.append([(states == {"done"} and told) or [position, str(said)], service.authorizations - authorized, (tsa.requests - stamped) / count])
    return found


facts["races_one"] = races(lambda steps, otp: steps[0].action_sign(remote.id, "13579", otp=otp, account_password="parola"))
libro = me["pa.firma.libro"]
facts["races_batch"] = races(lambda steps, otp: libro.sign([step.id for step in steps], remote.id, "13579", otp, "parola"), 2)

# Killed: what the code bought is kept from the moment in which the service answers ------------------------------------


class Killed(BaseException):
    pass


def killed(owner, name):
    """(outcome at once, outcome later without PIN nor code, outcome with a new code) after a death in this method."""
    step, inner = waiting.pop(), getattr(owner, name)

    def die(*_args, **_kwargs):
        raise Killed

    otp, authorized = code(), service.authorizations

    def sign(pin, otp):
        return retrying(partial(step.action_sign, remote.id, pin, otp=otp, account_password="parola"), me)

    def tried(pin="", otp=""):
        try:
            sign(pin, otp)
        except Exception as error:
            renewed(step)
            return type(error).__name__
        return renewed(step).state

    setattr(owner, name, die)
    try:
        sign("13579", otp)
    except Killed:
        pass
    setattr(owner, name, inner)
    renewed(step)
    found = [tried()]
    if found == ["done"]:
        return [*found, service.authorizations - authorized]
    sealed_write(renewed(request_of(step)), {"date": fields.Datetime.subtract(fields.Datetime.now(), minutes=5)})
    env.cr.commit()
    found.append(tried())
    if found[-1] != "done":
        found.append(tried("13579", code()))
    return [*found, service.authorizations - authorized]


facts["killed_before_the_answer"] = killed(csc.Client, "sign_hashes")
facts["killed_after_the_answer"] = killed(Richiesta, "_end_signed")
facts["killed_before_the_step"] = killed(type(env["pa.atto.passo"]), "action_complete")
facts["verdicts"] = sorted(set(env["pa.firma"].search([]).mapped("verdict")))
tsa.close()
service.close()
print("FACTS " + json.dumps(facts))
