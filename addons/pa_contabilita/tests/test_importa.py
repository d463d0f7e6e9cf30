import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ContabilitaCommon

HEADER = "capitolo,articolo,descrizione,missione_programma,pdc,anno,stanziamento,settore\n"


@tagged("post_install", "-at_install")
class TestImporta(ContabilitaCommon):
    def setUp(self):
        super().setUp()
        self._pdc("1.03.02.02.999")

    def _import(self, text, kind="peg", user=None):
        data = text if isinstance(text, bytes) else text.encode()
        wizard = self.env["pa.importa"].with_user(user or self.finanziario).create(
            {"kind": kind, "file": base64.b64encode(data)}
        )
        wizard.action_import()
        return wizard

    def test_row_by_row_with_a_report(self):
        wizard = self._import(
            HEADER
            + f'95,3,Eventi,01.02,1.03.02.02.999,{self.year},"2.000,50",T\n'
            + f"95,3,Eventi,01.02,1.03.02.02.999,{self.year + 1},1000,T\n"
            + f"96,0,Programma sbagliato,01.99,1.03.02.02.999,{self.year},1000,\n"
            + f"97,0,Negativo,01.02,1.03.02.02.999,{self.year},-5,\n"
            + f"98,0,Codice,01.02,1.03.02,{self.year},5,\n"
            + f"99,0,Ufficio,01.02,1.03.02.02.999,{self.year},5,ZZZ\n"
            + f"x,0,Numero,01.02,1.03.02.02.999,{self.year},5,\n"
            + f"100,0,Importo,01.02,1.03.02.02.999,{self.year},1.2.3,\n"
        )
        self.assertEqual(wizard.loaded, 2, wizard.rifiuto_ids.mapped("reason"))
        refused = wizard.rifiuto_ids.filtered("refused")
        self.assertEqual(sorted(refused.mapped("row")), [4, 5, 6, 7, 8, 9])
        capitolo = self.env["pa.capitolo"]._find(self.company, "95.3")
        self.assertEqual(capitolo.department_id, self.tecnico)
        self.assertEqual(capitolo.macroaggregato_id.code, "103")
        self.assertEqual(capitolo.stanziamento_ids.sorted("year").mapped("assestato"), [2000.5, 1000.0])
        self.assertQuadra()

    def test_again_changes_nothing_and_a_new_amount_moves_the_difference(self):
        text = HEADER + f"95,3,Eventi,01.02,1.03.02.02.999,{self.year},%s,T\n"
        for amount in ("2000", "2000", "1500"):
            self._import(text % amount)
        stanziamento = self.env["pa.capitolo"]._find(self.company, "95.3").stanziamento_ids
        self.assertEqual(stanziamento.movimento_ids.sorted("id").mapped("amount"), [2000.0, -500.0])

    def test_official_lists(self):
        wizard = self._import(
            "codice_voce,macro,titolo,macroaggregato,descrizione\n"
            "1.01.01.06.001,E,1,01,Imposta municipale propria\n2.02.01.09.018,U,2,02,Musei\n9.01.01.01.001,E,,01,Ritenute\n",
            "pdc",
        )
        self.assertEqual(wizard.loaded, 3)
        codes = self.env["pa.pdc"].search([("code", "in", ("1.01.01.06.001", "2.02.01.09.018", "9.01.01.01.001"))])
        self.assertEqual(codes.macroaggregato_id.mapped("code"), ["202", "1101", "9100"])
        self.assertEqual(self._import("code,level,name_accents_lost\n01.1.1,3,Organi\n", "cofog").loaded, 1)

    def test_malformed_files(self):
        for data in (b"", b"PK\x03\x04garbage", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"a,b\n1,2\n", b'"open\n'):
            with self.subTest(data), self.assertRaises(UserError):
                self._import(data)

    def test_only_the_finance_office_imports(self):
        with self.assertRaises(AccessError):
            self._import(HEADER, user=self.istruttore)

    def test_classifications(self):
        self.assertEqual(self.env["pa.missione"].search_count([]), 23)
        self.assertEqual(len(self.env["pa.programma"].search([("code", "like", "09.")])), 8)
