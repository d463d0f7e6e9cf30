"""Runs by odoo_script.py: signatures in real transactions that are repeated or interrupted; prints facts as JSON."""

import base64
import json
import threading
from functools import partial

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from odoo.service.model import retrying

from tests.firma.common import CODE, head_of_office, started_acts, trusted_pki

env = env  # noqa: F821 - given by odoo_script.py
user = head_of_office(env)
pki, tsa = trusted_pki(env)
me = env(user=user.id)
device = me["pa.firma.dispositivo"]._enroll(user, "Firma", pki.issue("Marco", CODE, "pin", kind="ec"), "pin")
atti = started_acts(me, 14)
facts = {}

# A transaction that loses its race twice after the signature was made.
Passo = type(env["pa.atto.passo"])
original, attempts = Passo.action_complete, []


def losing(self, *args, **kwargs):
    attempts.append(1)
    result = original(self, *args, **kwargs)
    if len(attempts) < 3:
        self.env.flush_all()
        self.env.cr.execute("DO $$ BEGIN RAISE serialization_failure; END $$")
    return result


Passo.action_complete = losing
step = atti[0]._my_step()
retrying(partial(step.action_sign, device.id, "pin"), me)
facts["retry"] = {"attempts": len(attempts), "timestamps": tsa.requests}
Passo.action_complete = original

# The step is refused for good after signing (no room left): the signature waits, and is used the next time.
def refusing(self, *args, **kwargs):
    from odoo.exceptions import UserError

    raise UserError("no room")


Passo.action_complete = refusing
step = atti[1]._my_step()
try:
    retrying(partial(step.action_sign, device.id, "pin"), me)
except Exception as error:
    facts["refused"] = str(error)
env.cr.rollback()
env.transaction.clear()
facts["waiting"] = env["pa.firma.richiesta"].search([("passo_id", "=", step.id)]).state
Passo.action_complete = original
retrying(partial(step.action_complete), me)
facts["after_refusal"] = {"timestamps": tsa.requests, "state": step.state}

# Two phases: the answer is given while the step's transaction loses its race; then the authority of timestamps is dead.
def card(facts):
    key = pkcs12.load_key_and_certificates(blob, b"x")[0]
    return base64.b64encode(key.sign(base64.b64decode(facts["to_sign"]), ec.ECDSA(hashes.SHA256()))).decode()


def answer(facts, signature=None):
    signature = card(facts) if signature is None else signature
    [outcome] = me["pa.firma.libro"].finish([{"richiesta_id": facts["richiesta_id"], "signature": signature}])
    return outcome["state"]


blob = pki.issue("Marco", CODE, "x", kind="ec")
der = pkcs12.load_key_and_certificates(blob, b"x")[1].public_bytes(serialization.Encoding.DER)
mine = me["pa.firma.dispositivo"].enroll_card("Tessera", base64.b64encode(der).decode())
env.cr.commit()
prepared = me["pa.firma.libro"].prepare([atto._my_step().id for atto in atti[5:8]], mine)
attempts.clear()
served, Passo.action_complete = tsa.requests, losing
facts["two_phase_retry"] = [answer(prepared[0]), len(attempts), tsa.requests - served]
Passo.action_complete = original
facts["two_phase_bad"] = [answer(prepared[1], card(prepared[0])), answer(prepared[1])]  # the wrong answer closed it
env["ir.config_parameter"].set_param("pa_firma.tsa_url", "http://127.0.0.1:9/")
env.cr.commit()
facts["two_phase_no_authority"] = answer(prepared[2])
env["ir.config_parameter"].set_param("pa_firma.tsa_url", tsa.url)
env.cr.commit()
[again] = me["pa.firma.libro"].prepare([prepared[2]["passo_id"]], mine)
facts["two_phase_kept"] = [again["state"], again["to_sign"], answer(again, "")]

# Libro firma cut short in the third document: the first two stay signed.
Libro = type(env["pa.firma.libro"])
one, seen = Libro._sign_one, []


def cut(self, *args):
    seen.append(1)
    if len(seen) == 3:
        raise RuntimeError("the server dies")
    return one(self, *args)


Libro._sign_one = cut
try:
    steps = [atto._my_step().id for atto in atti[2:5]]
    me["pa.firma.libro"].sign(steps, device.id, "pin")
except RuntimeError:
    env.cr.rollback()
    env.transaction.clear()
Libro._sign_one = one
with env.registry.cursor() as cr:
    fresh = env(cr=cr)
    facts["libro"] = [fresh["pa.atto.passo"].browse(step).state for step in steps]
    facts["verdicts"] = fresh["pa.firma"].search([]).mapped("verdict")

# Several documents at once, each in its thread and transaction; one of them was abandoned meanwhile.
threads = set()


def seen_from(self, *args):
    threads.add(threading.get_ident())
    return one(self, *args)


env.cr.rollback()
env.transaction.clear()
steps = [atto._my_step().id for atto in atti[8:]]
retrying(partial(atti[10].action_abandon, "Errore"), me)
Libro._sign_one = seen_from
outcomes = me["pa.firma.libro"].sign(steps, device.id, "pin")
Libro._sign_one = one
facts["at_once"] = [[outcome["passo_id"] for outcome in outcomes] == steps, [outcome["state"] for outcome in outcomes]]
facts["threads"] = len(threads - {threading.get_ident()})
with env.registry.cursor() as cr:
    fresh = env(cr=cr)
    signed = fresh["pa.atto.passo"].browse(steps).filtered(lambda step: step.state == "done")
    facts["at_once_verdicts"] = signed.firma_ids.mapped("verdict")
    facts["registers"] = [fresh["pa.registro"].browse(ids)._verify(year) for ids, year in {
        (voce.registro_id.id, voce.year) for voce in fresh["pa.registro.voce"].search([])
    }]
tsa.close()
print("FACTS " + json.dumps(facts))
