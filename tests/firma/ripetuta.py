"""Runs by odoo_script.py: signatures in real transactions that are repeated or interrupted; prints facts as JSON."""

import json
import tempfile
from functools import partial

from odoo.addons.pa_firma.tools.pki import DemoPki, demo_codice_fiscale
from odoo.service.model import retrying

env = env  # noqa: F821 - given by odoo_script.py
CODE = demo_codice_fiscale("Bianchi", "Marco")

office = env["hr.department"].create({"name": "Tecnico", "pa_code": "T", "pa_kind": "settore"})
env["pa.registro"].create({"code": "S-T", "name": "Tecnico", "kind": "settore", "department_id": office.id})
user = env["res.users"].create(
    {"name": "Marco Bianchi", "login": "marco", "group_ids": [(4, env.ref("pa_atti.group_operatore").id)]}
)
user.pa_codice_fiscale = CODE
for ruolo in ("ruolo_istruttore", "ruolo_responsabile"):
    env["pa.incarico"].create(
        {
            "user_id": user.id,
            "ruolo_id": env.ref(f"pa_atti.{ruolo}").id,
            "department_id": office.id,
            "date_from": "2020-01-01",
        }
    )
tipo = env.ref("pa_atti.tipo_determina")
tipo.firma_mode = "digital"
pki = DemoPki(tempfile.mkdtemp())
env["pa.firma.ancora"].create({"pem": pki.root_pem.decode()})
tsa = pki.start_tsa()
env["ir.config_parameter"].set_param("pa_firma.tsa_url", tsa.url)
me = env(user=user.id)
device = me["pa.firma.dispositivo"]._enroll(user, "Firma", pki.issue("Marco", CODE, "pin", kind="ec"), "pin")
atti = me["pa.atto"].create(
    [
        {"tipo_id": tipo.id, "department_id": office.id, "oggetto": f"Atto {n}", "dispositivo": "<p>DETERMINA</p>"}
        for n in range(5)
    ]
)
for atto in atti:
    atto.action_start()
env.cr.commit()
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
    steps = [atto._my_step().id for atto in atti[2:]]
    me["pa.firma.libro"].sign(steps, device.id, "pin")
except RuntimeError:
    env.cr.rollback()
    env.transaction.clear()
Libro._sign_one = one
with env.registry.cursor() as cr:
    fresh = env(cr=cr)
    facts["libro"] = [fresh["pa.atto.passo"].browse(step).state for step in steps]
    facts["verdicts"] = fresh["pa.firma"].search([]).mapped("verdict")
tsa.close()
print("FACTS " + json.dumps(facts))
