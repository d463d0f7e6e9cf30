"""One determina of the demo municipality through its whole iter, by the methods that the buttons call.

Runs by odoo_script.py on the first start of `./pa run`; everything printed here was read back from the database.
"""

import sys
from pathlib import Path

from scripts.calls import call

AMOUNT = "1250.00"
PASSWORD = "demo"
VERDICTS = {"valid": "valid", "not_valid": "NOT VALID", "undetermined": "cannot be determined"}


def user_id(env, login):
    found = env["res.users"].search([("login", "=", login)])
    if not found:
        sys.exit(f"The demo user {login} is missing: ./pa reset starts afresh.")
    return found.id


def chapter_with_room(env):
    """The first chapter of the head of service that has room this year."""
    user = env["res.users"].search([("login", "=", "tecnico")])
    offices = user._pa_department_ids()
    rows = env["pa.stanziamento"].search(
        [("department_id", "in", offices.ids), ("side", "=", "expense"), ("titolo_id.code", "=", "1")], order="capitolo_id, year"
    )
    return next((row.id for row in rows if row.year == env.cr.now().year and row.disponibile > float(AMOUNT)), None)


def a_supplier(env):
    own = env["res.company"].sudo().search([]).partner_id  # the bodies themselves sell nothing
    return env["res.partner"].search([("is_company", "=", True), ("id", "not in", own.ids)], order="id", limit=1)


def draft(env, stanziamento_id):
    """As the button "New determination" of the chapter's page, then the text from the type's template."""
    row = env["pa.stanziamento"].browse(stanziamento_id)
    context = row.action_new_determina()["context"]
    (_command, _id, line), *_others = context.pop("default_riga_ids")
    atto = env["pa.atto"].with_context(**context).create({
        "oggetto": "Fornitura di segnaletica per il parco comunale",
        "riga_ids": [(0, 0, line | {
            "amount": AMOUNT, "partner_id": a_supplier(env).id, "date_due": f"{row.year}-12-31", "cig": "BA9F67DF48",
            "description": "Segnaletica",
        })],
    })
    atto.action_apply_template()
    return atto.id


def figures(env, stanziamento_id):
    row = env["pa.stanziamento"].browse(stanziamento_id)
    names = {"assestato": "appropriation", "bloccato": "held", "impegnato": "committed", "disponibile": "available"}
    return ", ".join(f"{label} {row[name]:,.2f}" for name, label in names.items())


def start(env, atto_id):
    env["pa.atto"].browse(atto_id).action_start()


def sign(env, atto_id):
    """Sign the step that waits for this user with the own key file."""
    passo = env["pa.atto"].browse(atto_id)._my_step()
    key = env["pa.firma.dispositivo"].search([("user_id", "=", env.uid), ("kind", "=", "key_file")], limit=1)
    outcome = "favorevole" if passo.kind == "visto" else "done"
    passo.action_sign(key.id, PASSWORD, outcome)


def signed_document(env, atto_id, folder):
    """Write the determina as signed, and verify those bytes."""
    documento = env["pa.atto"].browse(atto_id).documento_ids.filtered(
        lambda d: d.kind == "firmato" and d.passo_id.kind == "firma"
    )[:1]
    path = Path(folder) / documento.name
    path.write_bytes(documento._bytes())
    return path, documento._verify(documento._bytes())


def numbers(env, atto_id):
    atto = env["pa.atto"].browse(atto_id)
    return {
        "settore": f"{atto.number_settore}/{atto.date_settore.year}",
        "generale": f"{atto.number_generale}/{atto.date_generale.year}",
        "impegno": ", ".join(atto.impegno_ids.mapped("name")),
        "enforceable": f"from {atto.date_esecutiva}" if atto.esecutiva else "NO",
    }


def main(env):
    registry = env.registry
    people = {login: user_id(env, login) for login in ("istruttrice", "tecnico", "ragioneria")}
    row = chapter_with_room(env)
    if row is None:
        print("  The demo budget has no chapter with room for this year: nothing to show.")
        return
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    chapter = env["pa.stanziamento"].browse(row).capitolo_id.display_name
    env.cr.commit()  # the calls below have their own transactions
    print(f"  chapter                 {chapter}")
    print(f"  before                  {call(registry, figures, row)}")
    atto = call(registry, draft, row, user=people["istruttrice"])
    call(registry, start, atto, user=people["istruttrice"])
    print(f"  in its iter             {call(registry, figures, row)}")
    call(registry, sign, atto, user=people["tecnico"])
    call(registry, sign, atto, user=people["ragioneria"])
    print(f"  after the visto         {call(registry, figures, row)}")
    for name, number in call(registry, numbers, atto).items():
        print(f"  {name:<23} {number}")
    path, report = call(registry, signed_document, atto, folder)
    print(f"  signed document         {path}")
    for signature in report["signatures"]:
        stamp = (signature.get("timestamp") or {}).get("time") or "none"
        print(f"  signature               {signature['signer']} ({signature['codice_fiscale']}), {signature['format']} "
              f"{signature['level']}, timestamp {stamp}")
    print(f"  verdict                 {VERDICTS[report['verdict']]}")


if __name__ == "__main__":
    main(env)
