"""The municipality that the acts are played in: people, registers that go on from the files' numbers, budget."""

import base64

from odoo.addons.pa_atti.tools.giorno import today

PEOPLE = {
    "istruttore": ("operatore", True),
    "responsabile": ("operatore", True),
    "finanziario": ("operatore", False),
    "segretario": ("segreteria", False),
    "sindaco": ("operatore", False),
    "messo": ("messo", False),
}
TYPES = [  # words of the file's type -> our type; the first that fits
    (("giunta",), "delibera_giunta"),
    (("consiglio",), "delibera_consiglio"),
    (("ordinanz", "dirig"), "ordinanza_dirigente"),
    (("ordinanz",), "ordinanza"),
    (("decret",), "decreto"),
    (("accertamento",), "accertamento"),
    (("contrarre",), "determina_contrarre"),
    (("impegno",), "determina_impegno"),
    (("liquidazione",), "liquidazione"),
]


class Municipality:
    """:ivar users: role -> id of who has it
    :ivar office_id: the only office
    """

    def __init__(self, plan):
        self.plan, self.users, self.office_id = plan, {}, None

    def prepare_people(self, env):
        """An office with everybody in it, who signs on paper."""
        office = env["hr.department"].create({"name": "Comune", "pa_code": "COM"})
        self.office_id = office.id
        for login, (group, in_office) in PEOPLE.items():
            user = env["res.users"].with_context(no_reset_password=True).create({
                "name": login.title(), "login": f"replay_{login}",
                "group_ids": [(6, 0, [env.ref("base.group_user").id, env.ref(f"pa_atti.group_{group}").id])],
            })
            env["pa.incarico"].create({
                "user_id": user.id, "ruolo_id": env.ref(f"pa_atti.ruolo_{login}").id,
                "department_id": office.id if in_office else False, "date_from": "2000-01-01",
            })
            self.users[login] = user.id
        ragioneria = env["res.users"].browse(self.users["finanziario"])
        ragioneria.group_ids += env.ref("pa_contabilita.group_ragioneria")
        tipi = env["pa.atto.tipo"].search([])
        if "firma_mode" in tipi._fields:  # whichever addons are there: this replay signs on paper
            tipi.write({"firma_mode": "paper"})

    def prepare_registers(self, env):
        """Numbering goes on from the first number of the files, as after a switch from paper."""
        first = {}
        settore = env["pa.registro"].create({
            "code": "S-COM", "name": "Settore", "kind": "settore", "department_id": self.office_id,
        })
        for planned in self.plan.acts:
            act = planned.act
            if act.number_settore and act.date_settore:
                _least(first, (settore.id, act.date_settore.year), act.number_settore)
            registro = self._register_of(env, act)
            if registro and act.number_generale and act.date_generale:
                _least(first, (registro.id, act.date_generale.year), act.number_generale)
        impegni = env["pa.impegno"]._get_registro(env.company, "IMPEGNI")
        for year, number in self.plan.top.items():
            first[impegni.id, year] = number + 1
        env["pa.registro.anno"].create([
            {"registro_id": registro, "year": year, "first_number": number} for (registro, year), number in first.items()
        ])

    def _register_of(self, env, act):
        tipo = env.ref("pa_atti.tipo_" + type_of(act, ()))
        return tipo.registro_organo_id or env.ref("pa_atti.registro_generale")

    def prepare_budget(self, env, peg):
        """Import and approve the budget; returns what the import refused."""
        years = [row.year for row in self.plan.lines if row.year] or [today().year]
        first = min((a.act.date_generale.year for a in self.plan.acts if a.act.date_generale), default=max(years))
        bilancio = env["pa.bilancio"].create({"year_first": first})
        wizard = env["pa.importa"].create({"kind": "peg", "file": base64.b64encode(peg)})
        wizard.action_import()
        bilancio.action_approve()  # from here on only variations change it
        return [(r.row, r.reason) for r in wizard.rifiuto_ids if r.refused]


def type_of(act, lines):
    """Our type for an act of the files: by its words, unless its lines need a visa that the type has not."""
    words = act.tipo.lower()
    found = next((name for parts, name in TYPES if all(part in words for part in parts)), "determina")
    kinds = {line.kind for line in lines}
    if kinds & {"impegno", "prenotazione", "subimpegno"} and found not in ("determina_contrarre", "determina_impegno"):
        return "determina_impegno"
    return "liquidazione" if found == "determina" and "liquidazione" in kinds else found


def _least(values, key, number):
    values[key] = min(values.get(key, number), number)
