"""A small invented municipality, built by the load tests and by the bench: offices, people, chapters, acts."""

from odoo.fields import Command, Date

CIG = "BA9F67DF48"
PASSWORD = "parola-di-prova-4417"
TEXT = "<p>Considerata la necessità del servizio e vista la disponibilità sul capitolo.</p>"
PEOPLE = {
    "istruttore": ("ruolo_istruttore", True),
    "responsabile": ("ruolo_responsabile", True),
    "finanziario": ("ruolo_finanziario", False),
    "segretario": ("ruolo_segretario", False),
    "messo": ("ruolo_messo", False),
}


class Town:
    """Its records; ``accounting`` says whether pa_contabilita is installed."""

    def __init__(self, env, chapters=3, amount="3000.00"):
        self.env = env
        self.year = Date.today().year
        self.accounting = "pa.capitolo" in env
        self.office = env["hr.department"].create(
            {"name": "Settore Tecnico", "pa_code": "TEC", "pa_kind": "settore"}
        )
        self.registro = env["pa.registro"].create(
            {
                "code": "S-TEC",
                "name": "Settore Tecnico",
                "kind": "settore",
                "department_id": self.office.id,
            }
        )
        self.people = {name: self._person(name, *what) for name, what in PEOPLE.items()}
        self.partner = env["res.partner"].create({"name": "Impresa Edile Alfa"})
        self.chapters = env["pa.capitolo"] if self.accounting else None
        if self.accounting:
            self.people["finanziario"].group_ids += env.ref("pa_contabilita.group_ragioneria")
            self._open_chapters(chapters, amount)

    def _person(self, name, ruolo, of_office):
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=True, mail_create_nolog=True)
            .create(
                {
                    "name": name.title(),
                    "login": f"pa_{name}",
                    "password": f"pa_{name}",
                    "group_ids": [Command.link(self.env.ref("pa_atti.group_operatore").id)],
                }
            )
        )
        self.env["pa.incarico"].create(
            {
                "user_id": user.id,
                "ruolo_id": self.env.ref(f"pa_atti.{ruolo}").id,
                "department_id": self.office.id if of_office else False,
                "date_from": "2020-01-01",
            }
        )
        return user

    def _open_chapters(self, count, amount):
        model = self.env["pa.pdc"]
        code = "1.03.02.99.999"
        pdc = model.search([("side", "=", "expense"), ("code", "=", code)])
        if not pdc:
            vals = {"side": "expense", "code": code, "name": code}
            pdc = model.create({**vals, **model._classify("expense", code)})
        programma = self.env["pa.programma"].search([("code", "=", "01.06")])
        self.chapters = self.env["pa.capitolo"].create(
            [
                {
                    "number": 1000 + index,
                    "name": f"Capitolo {1000 + index}",
                    "pdc_id": pdc.id,
                    "titolo_id": pdc.titolo_id.id,
                    "programma_id": programma.id,
                    "department_id": self.office.id,
                }
                for index in range(count)
            ]
        )
        rows = self.env["pa.stanziamento"]
        for chapter in self.chapters:
            rows._get(chapter, self.year)._move({"assestato": amount}, "Bilancio iniziale")

    def procedure(self, code, *steps, **vals):
        """A type of act whose steps are given as (kind, role or None, register or None)."""
        iter_ = self.env["pa.iter"].create(
            {
                "name": code,
                "passo_ids": [
                    Command.create(
                        {
                            "sequence": number * 10,
                            "name": kind,
                            "kind": kind,
                            "ruolo_id": self.env.ref(f"pa_atti.{role}").id if role else False,
                            "registro_kind": register,
                            "automatic": not role and kind not in ("redazione", "attesa"),
                        }
                    )
                    for number, (kind, role, register) in enumerate(steps, 1)
                ],
            }
        )
        return self.env["pa.atto.tipo"].create(
            {"code": code, "name": code, "iter_id": iter_.id, **vals}
        )

    def line(self, chapter, amount):
        """Command of one accounting line."""
        return Command.create(
            {
                "kind": "impegno",
                "capitolo_id": chapter.id,
                "year": self.year,
                "amount": amount,
                "partner_id": self.partner.id,
                "cig": CIG,
                "date_due": f"{self.year}-12-31",
            }
        )

    def draft_vals(self, tipo, number=0, *lines):
        """Values of a draft."""
        vals = {
            "tipo_id": tipo.id,
            "department_id": self.office.id,
            "oggetto": f"Manutenzione ordinaria delle strade comunali, lotto {number}",
            "premesse": TEXT,
            "motivazione": TEXT,
            "dispositivo": "<p>DETERMINA di approvare quanto sopra.</p>",
        }
        return {**vals, "riga_ids": list(lines)} if lines else vals

    def as_user(self, name, record):
        """``record`` as one of the people."""
        return record.with_user(self.people[name])

    # digital signatures, where pa_firma is installed

    def digital(self, folder):
        """Key files of a PKI made for the occasion; types are signed digitally. Without a timestamp authority."""
        from odoo.addons.pa_firma.tools.pki import DemoPki, demo_codice_fiscale

        pki = DemoPki(folder)
        self.env["pa.firma.ancora"].create({"pem": pki.root_pem.decode()})
        self.env["ir.config_parameter"].set_param("pa_firma.tsa_url", "")
        self.env["pa.atto.tipo"].search([]).firma_mode = "digital"
        self.devices = {}
        for name in ("responsabile", "finanziario"):
            user = self.people[name]
            user.pa_codice_fiscale = demo_codice_fiscale(user.name, "Prova")
            data = pki.issue(user.name, user.pa_codice_fiscale, PASSWORD, kind="ec")
            model = self.as_user(name, self.env["pa.firma.dispositivo"])
            self.devices[name] = model._enroll(user, "Firma", data, PASSWORD).id

    def paper(self):
        """Types are signed on paper: what is measured or attacked is not the signature."""
        if "firma_mode" in self.env["pa.atto.tipo"]:
            self.env["pa.atto.tipo"].search([]).firma_mode = "paper"
