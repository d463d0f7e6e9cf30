"""Runs by odoo_script.py: key files, trust anchor and timestamp authority of the demo users who sign, the seal of the body.

`demo_firma.py PKI-FOLDER TSA-ADDRESS USERS.csv`. The keys are made on this machine and have no legal value.
"""

import csv
import sys

from odoo.addons.pa_firma.tools.pki import DemoPki

env = env  # given by odoo_script.py
folder, url, users = sys.argv[1:]
PASSWORD = "demo"
ROLES = ("responsabile", "finanziario", "segretario", "sindaco")
BODY_CODE = "80012345676"  # invented, with its right check digit

env["ir.config_parameter"].set_param("pa_firma.tsa_url", url)
pki = DemoPki(folder)
root = pki.root_pem.decode()
Anchor = env["pa.firma.ancora"]
if not Anchor.search([("pem", "=", root)]):
    Anchor.create({"pem": root, "reason": "Dimostrazione: nessun valore legale"})
with open(users, newline="", encoding="utf-8") as handle:
    rows = [row for row in csv.DictReader(handle) if row["ruolo"] in ROLES]
paths = pki.issue_people([(r["login"], r["nome"], r["codice_fiscale"]) for r in rows], PASSWORD)
for row in rows:
    user = env["res.users"].search([("login", "=", row["login"])])
    if user and not user.pa_dispositivo_ids:
        user.pa_codice_fiscale = row["codice_fiscale"]
        env["pa.firma.dispositivo"]._enroll(
            user, "Firma dimostrativa", paths[row["login"]].read_bytes(), PASSWORD
        )
if not env["pa.firma.sigillo"].search([]):
    company = env.company
    company.pa_codice_fiscale = company.pa_codice_fiscale or BODY_CODE
    secretary = env["res.users"].search([("login", "in", [row["login"] for row in rows if row["ruolo"] == "segretario"])])
    seal = pki.issue_seal(company.name, f"CF:IT-{company.pa_codice_fiscale}", PASSWORD)
    env["pa.firma.sigillo"]._enroll(company, "Sigillo dimostrativo", secretary, PASSWORD, seal)
if "odoobot_state" in env["res.users"]._fields:  # its greeting would cover the page on a telephone
    env["res.users"].search([]).odoobot_state = "disabled"
env.cr.commit()
