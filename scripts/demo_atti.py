"""Acts of the demo municipality at every stage, so that each demo user finds something waiting.

Runs by odoo_script.py after demo_iter.py; every act goes through the methods that the buttons call.
"""

from datetime import date, timedelta

from odoo.addons.pa_atti.tools.giorno import on_day

from scripts.calls import call
from scripts.demo_iter import a_supplier, sign, start, user_id

# subject, type, author, chapter and amount, decision, how far: the users who act, in order
ACTS = [
    ("Manutenzione straordinaria del ponte di via Roma", "tipo_determina_impegno", "tecnico", ("2000", "18500.00"),
     "di affidare i lavori di manutenzione del ponte di via Roma;", None),
    ("Potatura degli alberi di piazza Garibaldi", "tipo_determina_impegno", "istruttrice", ("220", "4200.00"),
     "di affidare la potatura degli alberi di piazza Garibaldi;", ()),
    ("Riparazione dell'impianto di riscaldamento della scuola primaria", "tipo_determina_impegno", "istruttrice",
     ("210", "3650.00"), "di affidare la riparazione dell'impianto di riscaldamento;", ()),
    ("Sostituzione di corpi illuminanti in via Verdi", "tipo_determina_impegno", "istruttrice", ("205", "7800.00"),
     "di affidare la sostituzione dei corpi illuminanti;", ("tecnico",)),
    ("Approvazione del calendario degli sgomberi dalla neve", "tipo_determina", "istruttrice", None,
     "di approvare il calendario degli sgomberi dalla neve per la stagione in corso;", ("tecnico", "messo")),
    ("Carta e cancelleria per gli uffici comunali", "tipo_determina_impegno", "affari", ("115", "980.50"),
     "di acquistare carta e cancelleria per gli uffici;", ()),
    ("Patrocinio della rassegna «Libri in piazza»", "tipo_delibera_giunta", "affari", None,
     "di concedere il patrocinio alla rassegna «Libri in piazza»;", ("affari",)),
    ("Regolamento per l'uso delle sale civiche", "tipo_delibera_consiglio", "affari", None,
     "di approvare il regolamento per l'uso delle sale civiche;", ("affari", "ragioneria")),
    ("Chiusura al traffico di via Mazzini per lavori", "tipo_ordinanza", "istruttrice", None,
     "la chiusura al traffico di via Mazzini, dalle 8 alle 18, fino alla fine dei lavori;", ()),
    ("Nomina del responsabile della protezione dei dati", "tipo_decreto", "affari", None,
     "di nominare il responsabile della protezione dei dati;", ()),
]
LATE = "Carta e cancelleria per gli uffici comunali"


def draft(env, subject, tipo, money, decision):
    kind = env.ref(f"pa_atti.{tipo}")
    values = {
        "tipo_id": kind.id, "oggetto": subject, "department_id": env.user._pa_department_ids()[:1].id,
        "riga_ids": [line(env, money, subject)] if money else [],
    }
    atto = env["pa.atto"].create(values)
    atto.action_apply_template()
    atto.dispositivo = atto.dispositivo.replace("di approvare quanto in premessa.", decision)
    return atto.id


def line(env, money, subject):
    code, amount = money
    year = env.cr.now().year
    capitolo = env["pa.capitolo"].search([("code", "=", code), ("side", "=", "expense")], limit=1)
    return (0, 0, {
        "kind": "impegno", "capitolo_id": capitolo.id, "year": year, "amount": amount, "partner_id": a_supplier(env).id,
        "date_due": f"{year}-12-31", "description": subject, "cig": "BA9F67DF48",
        "cup": "J29D24000270001" if capitolo.titolo_id.code == "2" else False,
    })


def act(env, atto_id):
    """What the step that waits for this user asks: a signature, an opinion, or simply to be done."""
    step = env["pa.atto"].browse(atto_id)._my_step()
    if step.kind in ("firma", "visto"):
        return sign(env, atto_id)
    return step.action_complete("favorevole" if step.kind == "parere" else "done")


def play(registry, people, subject, tipo, author, money, decision, users):
    atto = call(registry, draft, subject, tipo, money, decision, user=people[author])
    if users is None:  # stays a draft
        return
    call(registry, start, atto, user=people[author])
    for login in users:
        call(registry, act, atto, user=people[login])


def main(env):
    logins = {row[2] for row in ACTS} | {login for row in ACTS for login in row[5] or ()}
    people = {login: user_id(env, login) for login in sorted(logins)}
    env.cr.commit()  # the calls below have their own transactions
    today = date.today()
    for row in ACTS:
        with on_day(today - timedelta(days=14) if row[0] == LATE else today):
            play(env.registry, people, *row)
    print(f"  {len(ACTS)} acts at different stages")


if __name__ == "__main__":
    main(env)
