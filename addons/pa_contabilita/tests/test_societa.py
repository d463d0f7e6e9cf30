from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestSocieta(ContabilitaCommon):
    """An unione di comuni and its members in one database: nobody sees or spends the money of another body."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unione = cls.env["res.company"].create({"name": "Unione dei Comuni", "currency_id": cls.company.currency_id.id})
        cls.ragioniere = cls._person("ragioniere_unione", "ruolo_finanziario")
        cls.ragioniere.sudo().write({
            "company_ids": [(6, 0, cls.unione.ids)], "company_id": cls.unione.id,
            "group_ids": [(4, cls.env.ref("pa_contabilita.group_ragioneria").id)],
        })
        there = cls.env["pa.capitolo"].with_company(cls.unione)
        cls.loro = there.create({
            "number": 1000, "name": "Capitolo dell'unione", "company_id": cls.unione.id, "pdc_id": cls.pdc.id,
            "titolo_id": cls.pdc.titolo_id.id, "programma_id": cls.capitolo.programma_id.id,
        })
        cls.s_loro = cls._stanzia(cls.loro, 500)

    def test_the_same_number_in_two_bodies(self):
        self.assertEqual(self.loro.code, self.capitolo.code)
        self.assertNotEqual(self.s_loro.esercizio_id, self.stanziamento.esercizio_id)
        self.assertEqual(self.s_loro.company_id, self.unione)
        self.assertEqual(self.s_loro.movimento_ids.company_id, self.unione)

    def test_figures_stay_at_home(self):
        self._esecutiva(self._riga(80))
        for model in ("pa.capitolo", "pa.stanziamento", "pa.situazione", "pa.impegno", "pa.movimento", "pa.esercizio"):
            with self.subTest(model):
                seen = self.env[model].with_user(self.ragioniere).with_company(self.unione).search([])
                self.assertLessEqual(seen.company_id, self.unione)
                ours = self.env[model].with_user(self.finanziario).search([])
                self.assertNotIn(self.unione, ours.company_id)
        with self.assertRaises(AccessError):
            self.stanziamento.with_user(self.ragioniere).read(["assestato"])

    def test_lines_stay_at_home(self):
        with self.assertRaises(UserError):
            self._determina(self._riga(10, capitolo_id=self.loro.id), user=self.finanziario)
        altrui = self.env["pa.impegno"]._load_opening(self.loro, self.year, 3, 10)
        with self.assertRaises(UserError):
            self._determina(self._riga(5, "liquidazione", impegno_id=altrui.id), user=self.finanziario, tipo="tipo_liquidazione")

    def test_imports_stay_at_home(self):
        wizard = self.env["pa.importa"].with_user(self.ragioniere).with_company(self.unione)
        row = {"capitolo": "1000", "articolo": "0", "descrizione": "Preso", "missione_programma": "01.06",
               "pdc": self.pdc.code, "anno": str(self.year), "stanziamento": "7"}
        report = wizard._import_peg([(2, row)], self.company)
        self.assertEqual(report["loaded"], 0, report)
        self.assertCounters(self.stanziamento, assestato=100.0)

    def test_reconciliation_by_body(self):
        self.env.cr.execute("UPDATE pa_stanziamento SET impegnato = 1 WHERE id = %s", [self.s_loro.id])
        self.assertEqual(self.env["pa.quadratura"]._quadratura(self.company), [])
        self.assertEqual(len(self.env["pa.quadratura"]._quadratura(self.unione)), 1)
