#!/usr/bin/env python3
"""Write the data files of the addons from the ones in data/, which people open and correct.

    scripts/generate_data.py            writes them
    scripts/generate_data.py --check    only says which differ (exit status 1)
"""

import csv
import io
import sys
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
ATTI = "addons/pa_atti"
CONTABILITA = "addons/pa_contabilita"
SIDES = {"U": "expense", "E": "income"}


def read(name):
    """Rows of a CSV file of data/, as dicts."""
    with open(DATA / name, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def to_csv(header, rows):
    """The text of a CSV data file of Odoo."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return output.getvalue()


def to_xml(lines):
    """The text of an XML data file of Odoo, loaded once."""
    return '<?xml version="1.0" encoding="utf-8" ?>\n<odoo noupdate="1">\n' + "".join(
        f"    {line}\n" for line in lines
    ) + "</odoo>\n"


def record(xml_id, model, context="", **fields):
    """A <record>; a value that starts with `@` is a reference, with `=` an expression."""
    cells = []
    for name, value in fields.items():
        if value[:1] in ("@", "="):
            attribute = "ref" if value[0] == "@" else "eval"
            cells.append(f"<field name={quoteattr(name)} {attribute}={quoteattr(value[1:])} />")
        else:
            cells.append(f"<field name={quoteattr(name)}>{escape(value)}</field>")
    head = f"<record id={quoteattr(xml_id)} model={quoteattr(model)}"
    return f"{head}{' context=' + quoteattr(context) if context else ''}>{''.join(cells)}</record>"


def side_id(prefix, row):
    """`titolo_s1`, `macroaggregato_e1101`."""
    return f"{prefix}_{'s' if row['lato'] == 'U' else 'e'}{row['codice']}"


def classifications():
    """Missioni, programmi, titoli, macroaggregati and tipologie (D.Lgs. 118/2011)."""
    folder = f"{CONTABILITA}/data"
    yield f"{folder}/pa.missione.csv", to_csv(
        ("id", "code", "name"),
        ((f"missione_{r['codice']}", r["codice"], r["nome"]) for r in read("codici/missioni.csv")),
    )
    yield f"{folder}/pa.programma.csv", to_csv(
        ("id", "code", "missione_id:id", "name"),
        (
            (
                f"programma_{r['codice'].replace('.', '_')}",
                r["codice"],
                f"missione_{r['codice'][:2]}",
                r["nome"],
            )
            for r in read("codici/programmi.csv")
        ),
    )
    yield f"{folder}/pa.titolo.csv", to_csv(
        ("id", "side", "code", "name", "no_ceiling"),
        (
            (side_id("titolo", r), SIDES[r["lato"]], r["codice"], r["nome"], r["senza_limite"])
            for r in read("codici/titoli.csv")
        ),
    )
    yield f"{folder}/pa.macroaggregato.csv", to_csv(
        ("id", "side", "code", "titolo_id:id", "name"),
        (
            (
                side_id("macroaggregato", r),
                SIDES[r["lato"]],
                r["codice"],
                side_id("titolo", {**r, "codice": r["titolo"]}),
                r["nome"],
            )
            for r in read("codici/macroaggregati.csv")
        ),
    )


def demo_town():
    """The municipality, its offices with their registers, its users with their appointments."""
    (town,) = read("comune-demo/comune.csv")
    lines = [record(
        "base.main_company", "res.company", name=town["nome"], street=town["indirizzo"], zip=town["cap"], city=town["citta"],
        email=town["email"], country_id="@base.it", currency_id="@base.EUR",
    )]
    for office in read("comune-demo/uffici.csv"):
        key, name = office["chiave"], office["nome"]
        lines.append(record(
            f"demo_ufficio_{key}", "hr.department", name=name, pa_code=office["codice"], pa_kind=office["tipo"]
        ))
        lines.append(record(
            f"demo_registro_{key}", "pa.registro", code=f"S-{office['codice']}", name=f"Determinazioni {name}",
            kind="settore", department_id=f"@demo_ufficio_{key}",
        ))
    for user in read("comune-demo/utenti.csv"):
        lines += _user(user)
    return to_xml(lines)


def _user(user):
    login = user["login"]
    yield record(
        f"demo_utente_{login}", "res.users", "{'no_reset_password': True}", name=user["nome"], login=login,
        password=user["password"], email=f"{login}@comune.example", tz="Europe/Rome",
        group_ids=f"=[(4, ref('pa_atti.group_{user['gruppo']}'))]",
    )
    if user["ruolo"] and user["ruolo"] != "consulente":
        office = {"department_id": f"@demo_ufficio_{user['ufficio']}"} if user["ufficio"] else {}
        yield record(
            f"demo_incarico_{login}", "pa.incarico", user_id=f"@demo_utente_{login}",
            ruolo_id=f"@pa_atti.ruolo_{user['ruolo']}", **office, date_from="2025-01-01",
            decreto="Decreto sindacale dimostrativo",
        )


def demo_accounting():
    """Suppliers, the handful of codes that the demo uses, the budget approved, what is left of the year before."""
    folder = f"{CONTABILITA}/demo"
    yield f"{folder}/res.partner.csv", to_csv(
        ("id", "ref", "name", "is_company", "street", "zip", "city", "country_id:id"),
        (
            (f"demo_fornitore_{r['chiave']}", r["chiave"], r["nome"], "1", r["indirizzo"], r["cap"], r["citta"], "base.it")
            for r in read("comune-demo/fornitori.csv")
        ),
    )
    yield f"{folder}/pa.cofog.csv", to_csv(
        ("id", "code", "name", "level"),
        (
            (f"demo_cofog_{r['codice'].replace('.', '_')}", r["codice"], r["nome"], "3")
            for r in read("comune-demo/cofog.csv")
        ),
    )
    yield f"{folder}/peg.csv", (DATA / "comune-demo/peg.csv").read_text(encoding="utf-8")
    yield f"{folder}/pdc.csv", to_csv(
        ("codice_voce", "macro", "descrizione"),
        ((r["codice"], r["lato"], r["nome"]) for r in read("comune-demo/pdc.csv")),
    )
    yield f"{folder}/residui.csv", (DATA / "comune-demo/residui.csv").read_text(encoding="utf-8")
    yield f"{folder}/bilancio.xml", to_xml(_budget())


def _budget():
    first = min(name[-4:] for name in read("comune-demo/peg.csv")[0] if name.startswith("stanziamento_"))
    for user in read("comune-demo/utenti.csv"):
        if user["ruolo"] == "finanziario":
            yield record(
                f"pa_atti.demo_utente_{user['login']}", "res.users", group_ids="=[(4, ref('group_ragioneria'))]"
            )
    yield record("demo_bilancio", "pa.bilancio", year_first=first)
    for kind in ("pdc", "peg", "residui"):
        yield (
            f'<function model="pa.importa" name="_import_addon_file" '
            f'''eval="['{kind}', 'pa_contabilita/demo/{kind}.csv']" />'''
        )
    yield """<function model="pa.bilancio" name="action_approve" eval="[[ref('demo_bilancio')]]" />"""


def outputs():
    """Path from the root -> text, of every generated file."""
    return {f"{ATTI}/demo/comune.xml": demo_town(), **dict(classifications()), **dict(demo_accounting())}


def differing():
    """The generated files that are missing or differ from what data/ says."""
    return [
        name
        for name, text in outputs().items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != text
    ]


def main():
    found = differing()
    if "--check" in sys.argv[1:]:
        for name in found:
            sys.stderr.write(f"{name} differs from data/: run scripts/generate_data.py\n")
        return 1 if found else 0
    texts = outputs()
    for name in found:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(texts[name], encoding="utf-8")
        sys.stderr.write(f"{name} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
