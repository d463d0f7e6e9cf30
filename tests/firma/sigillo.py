"""Runs by odoo_script.py: the seal's one-time code in transactions that are repeated; prints facts as JSON."""

import json
from functools import partial
from itertools import count

from odoo.addons.pa_firma.tools.csc_service import TrainingService
from odoo.service.model import retrying

from tests.firma.common import CODE, head_of_office, started_acts, trusted_pki

env = env  # noqa: F821 - given by odoo_script.py
BODY = "00743110157"
env.company.pa_codice_fiscale = BODY
user = head_of_office(env)
pki, tsa = trusted_pki(env)
service = TrainingService()
account = service.add("comune", pki.issue_seal("Comune", f"VATIT-{BODY}", "x", kind="ec"), "x", password="parola", pin="13579")
fornitore = env["pa.firma.fornitore"].create({"name": "Prova", "url": service.url("v2"), "version": "v2"})
me = env(user=user.id)
sigillo = env["pa.firma.sigillo"]._enroll_remote(env.company, "Sigillo", user, fornitore, "comune", "parola").with_env(me)
device = me["pa.firma.dispositivo"]._enroll(user, "Firma", pki.issue("Marco", CODE, "pin", kind="ec"), "pin")
atti = started_acts(me, 8)
me["pa.firma.libro"].sign([atto._my_step().id for atto in atti], device.id, "pin")
documenti = atti.documento_ids.filtered(lambda d: d.kind == "firmato")
served, facts = tsa.requests, {}


def code():
    sigillo.send_code("parola")
    env.cr.commit()
    return account.codes[-1]


Documento = type(env["pa.atto.documento"])
original, attempts = Documento._seal_store, []
numbers = count(1)


def losing(self, *args, **kwargs):
    number = next(numbers)  # several documents are at work at once: each attempt has its own
    attempts.append(number)
    result = original(self, *args, **kwargs)
    if number in (1, 2):
        self.env.flush_all()
        self.env.cr.execute("DO $$ BEGIN RAISE serialization_failure; END $$")
    return result


Documento._seal_store = losing
retrying(partial(documenti[0].apply_seal, sigillo.id, "13579", code(), "parola"), me)
facts["one"] = [len(attempts), service.authorizations, tsa.requests - served, len(documenti[0]._sealed_copies())]

attempts.clear()
numbers = count(1)
seal = me["pa.firma.sigillatura"].seal
outcomes = seal(documenti[1:4].ids, sigillo.id, "13579", code(), "parola")
facts["batch"] = [[o["state"] for o in outcomes], len(attempts), service.authorizations, tsa.requests - served]
Documento._seal_store = original

# The whole call of the dialog is repeated, as Odoo does when the request's own transaction loses.
calls, otp = [], code()
dialog = me["pa.firma.apponi"].browse(me["pa.firma.apponi"]._opened(documenti[4:6])["res_id"])
dialog.sigillo_id = sigillo
env.cr.commit()


def seal_and_lose():
    calls.append(1)
    dialog.action_seal("13579", otp, "parola")
    if len(calls) == 1:
        env.flush_all()
        env.cr.execute("DO $$ BEGIN RAISE serialization_failure; END $$")


retrying(seal_and_lose, me)
facts["call"] = [len(calls), service.authorizations, dialog.riga_ids.mapped("state")]

# The server dies after the service signed: what it signed is on record and is used by the next attempt.
Sigillo = type(env["pa.firma.sigillo"])
fill = Sigillo._firma_fill


def dying(self, *args):
    raise RuntimeError("the server dies")


Sigillo._firma_fill, otp = dying, code()
try:
    documenti[6].apply_seal(sigillo.id, "13579", otp, "parola")
except RuntimeError:
    env.cr.rollback()
    env.transaction.clear()
Sigillo._firma_fill = fill
request = me["pa.firma.richiesta"].search([("res_model", "=", "pa.firma.sigillo"), ("state", "=", "pending")])
facts["dead"] = [len(request), service.authorizations]
env.cr.execute("UPDATE pa_firma_richiesta SET date = date - interval '5 minutes' WHERE id = %s", [request.id])
env.cr.commit()
env.transaction.clear()
documenti[6].apply_seal(sigillo.id, account_password="parola")
facts["after"] = [service.authorizations, len(documenti[6]._sealed_copies())]

# The timestamp authority dies after the code was spent.
otp = code()
env["ir.config_parameter"].set_param("pa_firma.tsa_url", "http://127.0.0.1:9/")
env.cr.commit()
refused = seal(documenti[7].ids, sigillo.id, "13579", otp, "parola")
env["ir.config_parameter"].set_param("pa_firma.tsa_url", tsa.url)
env.cr.commit()
again = seal(documenti[7].ids, sigillo.id, account_password="parola")
facts["kept"] = [refused[0]["state"], again[0]["state"], service.authorizations]
facts["verdicts"] = env["pa.firma"].search([("seal", "=", True)]).mapped("verdict")
tsa.close()
service.close()
print("FACTS " + json.dumps(facts))
