"""Runs by odoo_script.py: a record of another addon, signed with a one-time code in a transaction that is repeated; facts as JSON."""

import json
from functools import partial

import weasyprint

from odoo.addons.pa_firma.tests.common_esempio import StandIn, blocks, example_model
from odoo.addons.pa_firma.tools.csc_service import TrainingService
from odoo.orm.model_classes import add_to_registry
from odoo.service.model import retrying

from tests.firma.common import CODE, head_of_office, trusted_pki

env = env  # noqa: F821 - given by odoo_script.py
for model in (StandIn, example_model(blocks()[0])):
    add_to_registry(env.registry, model)
env.registry._setup_models__(env.cr, ["purchase.order"])
env.registry.init_models(env.cr, ["purchase.order"], {"models_to_check": True})
rights = dict.fromkeys(("perm_read", "perm_write", "perm_create"), True)
env["ir.model.access"].create(
    {"name": "o", "model_id": env["ir.model"]._get_id("purchase.order"), "group_id": env.ref("pa_atti.group_operatore").id, **rights}
)
Report = type(env["ir.actions.report"])
Report._render_qweb_pdf = lambda *_args: (weasyprint.HTML(string="<h1>Ordine</h1>").write_pdf(pdf_variant="pdf/a-2u"), "pdf")

user = head_of_office(env)
pki, tsa = trusted_pki(env)
service = TrainingService()
account = service.add("marco", pki.issue("Marco", CODE, "x", kind="ec"), "x", password="parola", pin="13579")
fornitore = env["pa.firma.fornitore"].create({"name": "Prova", "url": service.url("v2"), "version": "v2"})
me = env(user=user.id)
device = me["pa.firma.dispositivo"]._enroll_remote(user, "Firma", fornitore, "marco", "parola")
order = me["purchase.order"].create({"name": "P7", "state": "purchase"})
order.action_open_signing()
device.send_code("parola")
env.cr.commit()
attempts = []


def losing(self, firma):
    attempts.append(firma.id)
    self.env.flush_all()
    if len(attempts) < 3:
        self.env.cr.execute("DO $$ BEGIN RAISE serialization_failure; END $$")


type(env["purchase.order"])._on_signed = losing
retrying(partial(order.action_sign_record, device.id, "13579", account.codes[-1], "parola"), me)
with env.registry.cursor() as cr:
    fresh = order.with_env(env(cr=cr))
    firme = fresh.pa_firma_ids
    files = fresh.env["ir.attachment"].search([("res_model", "=", "purchase.order"), ("res_id", "=", order.id)])
    facts = {
        "signed": [len(attempts), service.authorizations, tsa.requests],
        "left": [firme.mapped("verdict"), len(files), fresh.env["pa.firma.durata"].search_count([("res_id", "=", order.id)])],
    }
tsa.close()
service.close()
print("FACTS " + json.dumps(facts))
