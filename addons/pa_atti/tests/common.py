from odoo.tests import TransactionCase, new_test_user


class AttiCommon(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.tecnico = cls.env["hr.department"].create({"name": "Settore Tecnico", "pa_code": "T", "pa_kind": "settore"})
        cls.affari = cls.env["hr.department"].create({"name": "Affari generali", "pa_code": "A", "pa_kind": "settore"})
        for office in (cls.tecnico, cls.affari):
            cls.env["pa.registro"].create({
                "code": f"S-{office.pa_code}", "name": office.name, "kind": "settore", "department_id": office.id,
            })
        cls.istruttore = cls._person("istruttore", "ruolo_istruttore", cls.tecnico)
        cls.responsabile = cls._person("responsabile", "ruolo_responsabile", cls.tecnico)
        cls.finanziario = cls._person("finanziario", "ruolo_finanziario")
        cls.segretario = cls._person("segretario", "ruolo_segretario")
        cls.messo = cls._person("messo", "ruolo_messo")
        cls.estraneo = cls._person("estraneo", "ruolo_istruttore", cls.affari)

    @classmethod
    def _person(cls, login, ruolo, office=None):
        user = new_test_user(cls.env, f"pa_{login}", "pa_atti.group_operatore", name=login.title())
        cls.env["pa.incarico"].create({
            "user_id": user.id, "ruolo_id": cls.env.ref(f"pa_atti.{ruolo}").id,
            "department_id": office.id if office else False, "date_from": "2020-01-01",
        })
        return user

    def _draft(self, tipo="tipo_determina", user=None, **vals):
        return self.env["pa.atto"].with_user(user or self.istruttore).create({
            "tipo_id": self.env.ref(f"pa_atti.{tipo}").id, "department_id": self.tecnico.id,
            "oggetto": "Manutenzione della strada comunale", "dispositivo": "<p>DETERMINA di approvare</p>", **vals,
        })

    def _complete(self, atto, user, **kwargs):
        atto.with_user(user)._my_step().action_complete(**kwargs)
