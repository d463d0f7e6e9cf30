"""What the scripts of this folder begin with: an office, its head who signs, a PKI and a timestamp authority on loopback."""

import tempfile

from odoo.addons.pa_firma.tools.pki import DemoPki, demo_codice_fiscale

CODE = demo_codice_fiscale("Bianchi", "Marco")


def head_of_office(env):
    """Marco Bianchi, who writes and signs the acts of the technical office."""
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
    return user


def trusted_pki(env):
    """(PKI, timestamp authority), trusted and in use."""
    pki = DemoPki(tempfile.mkdtemp())
    env["pa.firma.ancora"].create({"pem": pki.root_pem.decode()})
    tsa = pki.start_tsa()
    env["ir.config_parameter"].set_param("pa_firma.tsa_url", tsa.url)
    return pki, tsa


def started_acts(me, count):
    """So many determinations of the office, each waiting for its digital signature; committed."""
    tipo = me.ref("pa_atti.tipo_determina")
    tipo.sudo().firma_mode = "digital"  # a test's setting, made by whoever configures
    office = me["hr.department"].sudo().search([("pa_code", "=", "T")])
    atti = me["pa.atto"].create(
        [
            {"tipo_id": tipo.id, "department_id": office.id, "oggetto": f"Atto {n}", "dispositivo": "<p>DETERMINA</p>"}
            for n in range(count)
        ]
    )
    for atto in atti:
        atto.action_start()
    me.cr.commit()
    return atti
