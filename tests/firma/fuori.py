"""Runs by odoo_script.py: every way to sign, against services that look at the database while they answer; facts as JSON.

While a key, a timestamp authority, a remote service or a revocation authority is asked, this server must hold no transaction open.
"""

import base64
import json
import os
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from functools import partial

import psycopg2
from certomancer.services import TimeStamper
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from odoo import fields, models
from odoo.addons.pa_firma.tools import pades
from odoo.addons.pa_firma.tools.csc_service import TrainingService
from odoo.addons.pa_firma.tools.pki_authority import LoopbackAuthority
from odoo.orm.model_classes import add_to_registry
from odoo.service.model import retrying

from tests.firma.common import CODE, head_of_office, started_acts, trusted_pki

env = env  # noqa: F821 - given by odoo_script.py
PG = {"dbname": env.cr.dbname, "host": os.environ.get("PGHOST"), "user": os.environ.get("PGUSER")}
asked, held, way = defaultdict(Counter), [], ["?"]


def idle(cursor):
    cursor.execute(
        "SELECT pid, state_change, query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
    )
    return set(cursor.fetchall())


def look(what):
    """Record the last query of the transactions of this server that stay open for all of this answer."""
    asked[way[0]][what] += 1
    connection = psycopg2.connect(**{name: value for name, value in PG.items() if value})
    connection.autocommit = True
    with connection.cursor() as cursor:
        found = idle(cursor)
        for _time in range(10):  # other threads at work are between two queries for a moment
            if found:
                time.sleep(0.05)
                found &= idle(cursor)
    connection.close()
    held.extend(f"{way[0]}, {what}: {query[:200]}" for _pid, _since, query in found)


@contextmanager
def signing_by(name):
    way[0] = name
    env.cr.commit()
    yield
    env.cr.commit()


def watched(owner, method, what):
    inner = getattr(owner, method)

    def outer(self, *args, **kwargs):
        look(what)
        return inner(self, *args, **kwargs)

    setattr(owner, method, outer)


def call(method, *args, **kwargs):
    return retrying(partial(method, *args, **kwargs), me)


# People, keys and services ----------------------------------------------------------------------------------------

user = head_of_office(env)
user.group_ids += env.ref("pa_atti.group_segreteria")
pki, tsa = trusted_pki(env)
authority = LoopbackAuthority(pki)
env["ir.config_parameter"].set_param("pa_firma.fetch_allowed", authority.host)
env.company.write({"pa_codice_fiscale": "00743110157", "pa_firma_level": "B-LT"})
blob = pki.issue("Marco", CODE, "x", kind="ec")
key, cert, _chain = pkcs12.load_key_and_certificates(blob, b"x")
service = TrainingService()
account = service.add("marco", pki.issue("Marco", CODE, "x", kind="ec"), "x", password="parola", pin="13579")
fornitore = env["pa.firma.fornitore"].create({"name": "Prova", "url": service.url("v1")})
sigillo = env["pa.firma.sigillo"]._enroll(env.company, "Sigillo", user, "pin", pki.issue_seal("Comune", "VATIT-00743110157", "pin", kind="ec"))


class Prova(models.Model):
    _name = "pa.ordine.prova"
    _description = "Order"
    _inherit = ["pa.firma.mixin"]
    _module = "pa_firma"

    name = fields.Char()

    def _signing_pdf(self):
        return atti[0].documento_ids[:1]._bytes()


add_to_registry(env.registry, Prova)
env.registry._setup_models__(env.cr, ["pa.ordine.prova"])
env.registry.init_models(env.cr, ["pa.ordine.prova"], {"models_to_check": True})
env["ir.model.access"].create(
    {
        "name": "prova",
        "model_id": env["ir.model"]._get_id("pa.ordine.prova"),
        "group_id": env.ref("pa_atti.group_operatore").id,
        **dict.fromkeys(("perm_read", "perm_write", "perm_create"), True),
    }
)
me = env(user=user.id)
device = me["pa.firma.dispositivo"]._enroll(user, "Firma", pki.issue("Marco", CODE, "pin", kind="ec"), "pin")
card = me["pa.firma.dispositivo"].browse(
    me["pa.firma.dispositivo"].enroll_card("Tessera", base64.b64encode(cert.public_bytes(serialization.Encoding.DER)).decode())
)
atti = started_acts(me, 9)
libro, steps = me["pa.firma.libro"], [atto._my_step() for atto in atti]
watched(TimeStamper, "request_tsa_response", "timestamp")
watched(pades.KeyFileSigner, "sign_each", "key")
watched(pades.KeyFileSigner, "async_sign_raw", "key")
service.fault = lambda method, _content: look(f"remote {method}")
inner_answer = authority.answer
authority.answer = lambda path, body: (look("revocation"), inner_answer(path, body))[1]


def forget_revocation():
    env["pa.firma.revoca"].search([]).unlink()
    env.cr.commit()


# Every way ----------------------------------------------------------------------------------------------------------

with signing_by("key file"):
    call(steps[0].action_sign, device.id, "pin")
forget_revocation()
with signing_by("libro firma, one"):
    call(libro.sign, steps[1].ids, device.id, "pin")
forget_revocation()
with signing_by("libro firma, some at once"):
    call(libro.sign, [steps[2].id, steps[3].id], device.id, "pin")
with signing_by("enrolment of a remote credential"):
    remote = call(me["pa.firma.dispositivo"]._enroll_remote, user, "Remota", fornitore, "marco", "parola")
with signing_by("code of the remote service"):
    call(remote.send_code, "parola")
with signing_by("remote, one"):
    call(steps[4].action_sign, remote.id, "13579", otp=account.codes[-1], account_password="parola")
call(remote.send_code, "parola")
with signing_by("remote, libro firma"):
    call(libro.sign, [steps[5].id, steps[6].id], remote.id, "13579", account.codes[-1], "parola")


def answered(prepared):
    signature = key.sign(base64.b64decode(prepared["to_sign"]), ec.ECDSA(hashes.SHA256()))
    return {"richiesta_id": prepared["richiesta_id"], "signature": base64.b64encode(signature).decode()}


forget_revocation()
with signing_by("own card"):
    answers = [answered(one) for one in call(libro.prepare, [steps[7].id], card.id)]
    call(libro.finish, answers)
forget_revocation()
with signing_by("uploaded"):
    given = steps[8]._firma_base()._bytes()
    env.cr.commit()
    signed = pades.sign_pdf(given, pades.load_key_file(blob, "x"), pades.SignatureRequest())  # the person's own program
    call(steps[8].action_sign_uploaded, base64.b64encode(signed).decode())

draft = me["pa.atto"].create(
    {"tipo_id": me.ref("pa_atti.tipo_determina").id, "department_id": atti[0].department_id.id, "oggetto": "Allegati"}
)
contents = {"a.txt": b"Prova", "b.xml": b"<a>Prova</a>", "c.pdf": given, "d.txt": b"Due", "e.txt": b"Tre"}
attached = {name: me["pa.atto.documento"].browse(draft.add_attachment(name, base64.b64encode(data))) for name, data in contents.items()}
for name in ("a.txt", "b.xml", "c.pdf"):
    forget_revocation()
    with signing_by(f"attachment {name}"):
        call(attached[name].sign_file, device.id, "pin")
call(remote.send_code, "parola")
with signing_by("attachment, remote"):
    call(attached["d.txt"].sign_file, remote.id, "13579", False, account.codes[-1], "parola")
with signing_by("attachment, own card"):
    call(libro.finish, [answered(call(attached["e.txt"].prepare_file_signature, card.id))])
with signing_by("detached timestamp"):
    call(attached["a.txt"].action_timestamp)
done = atti[0].documento_ids.filtered(lambda d: d.kind == "firmato")[:1]
forget_revocation()
with signing_by("seal"):
    call(done.apply_seal, sigillo.id, "pin")
verdict = me["pa.firma.verdetto"].create({"documento_id": done.id, "sigillo_id": sigillo.id})
with signing_by("sealed report"):
    call(verdict.action_seal_report, "pin")
forget_revocation()
with signing_by("verification"):
    call(done.action_verify)
order = me["pa.ordine.prova"].create({"name": "Uno"})
order.action_prepare_signature()
forget_revocation()
with signing_by("another addon's record"):
    call(order.action_sign_record, device.id, "pin")
forget_revocation()
with signing_by("kept over time"):
    env["pa.firma.durata"]._cron_keep()

facts = {"asked": asked, "held": held, "verdicts": sorted(set(env["pa.firma"].search([]).mapped("verdict")))}
facts["signatures"] = env["pa.firma"].search_count([])
for one in (tsa, service, authority):
    one.close()
print("FACTS " + json.dumps(facts))
