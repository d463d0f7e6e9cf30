import base64
import io

from openpyxl import Workbook
from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

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

    def _refused(self, text, **kwargs):
        wizard = self._import(text, **kwargs)
        return {r.row: r.reason for r in wizard.rifiuto_ids if r.refused}

    def test_a_column_for_each_year(self):
        text = (
            "capitolo;articolo;descrizione;missione_programma;pdc;settore;"
            f"stanziamento_{self.year};stanziamento_{self.year + 1};stanziamento_{self.year + 2};cassa_{self.year}\n"
            "95;3;Eventi;01.02;1.03.02.02.999;T;2.000,50;1.000;500,00;2.500,00\n"
            "96;0;Vuoto;01.02;1.03.02.02.999;T;;;;\n"
        )
        refused = self._refused(text)
        self.assertEqual(list(refused), [3])
        self.assertIn("no amount", refused[3])
        rows = self.env["pa.capitolo"]._find(self.company, "95.3").stanziamento_ids.sorted("year")
        self.assertEqual(rows.mapped("assestato"), [2000.5, 1000.0, 500.0])
        self.assertIn("1.000", self._refused(text.replace("2.000,50", "2000").replace(",00", "").replace("2.500", "2500"))[2])

    def test_a_wide_file_loads_three_years(self):
        years = [f"stanziamento_{self.year + i}" for i in range(3)]
        text = (
            f"capitolo;articolo;descrizione;missione_programma;pdc;{';'.join(years)};cassa_{self.year};fpv_{self.year}\n"
            '95;3;Eventi;01.02;1.03.02.02.999;"2.000,50";1000;500,00;2500;100\n'
        )
        for _again in range(2):
            self.assertEqual(self._import(text).loaded, 1)
        rows = self.env["pa.capitolo"]._find(self.company, "95.3").stanziamento_ids.sorted("year")
        self.assertEqual(rows.mapped("assestato"), [2000.5, 1000.0, 500.0])
        self.assertEqual((rows[0].cassa, rows[0].fpv, rows[0].disponibile), (2500.0, 100.0, 1900.5))
        self.assertEqual(len(rows.movimento_ids), 5, "loading the same file again moves nothing")
        self.assertQuadra()

    WRONG = {"1e14": "not an amount", "100000000000000": "larger", "NaN": "not an amount", "inf": "not an amount",
             "-5": "negative", "12.345": "decimals", "999999999999.99": None}

    def test_amounts_that_cannot_be(self):
        """Each row says what is wrong in it, in a CSV file as in a workbook, for the budget as for commitments."""
        rows = [[number, 0, "X", "01.02", "1.03.02.02.999", self.year, text] for number, text in enumerate(self.WRONG, 1)]
        header = HEADER.strip().split(",")[:7]
        residui = [["capitolo", "anno", "numero", "importo"],
                   *([self.giro.number, self.year - 1, number, text] for number, text in enumerate(self.WRONG, 1))]
        for kind, table in (("peg", [header, *rows]), ("residui", residui)):
            for data in (self._csv(table), self._workbook(table)):
                refused = self._refused(data, kind=kind)
                for row, (text, why) in enumerate(self.WRONG.items(), 2):
                    with self.subTest(kind=kind, text=text):
                        self.assertIn(why, refused[row]) if why else self.assertNotIn(row, refused)
        self.assertQuadra()

    def test_a_workbook_s_number_is_never_thousands(self):
        """1,234 in a workbook is one and a bit, also beside texts with a comma: refused, not taken for 1234."""
        header = HEADER.strip().split(",")[:7]
        rows = [[1, 0, "X", "01.02", "1.03.02.02.999", self.year, 1.234], [2, 0, "Y", "01.02", "1.03.02.02.999", self.year, "7,50"],
                [3, 0, "Z", "01.02", "1.03.02.02.999", self.year, 0.1 + 0.2]]
        refused = self._refused(self._workbook([header, *rows]))
        self.assertEqual(list(refused), [2])
        find = self.env["pa.capitolo"]._find
        self.assertEqual([find(self.company, code).stanziamento_ids.assestato for code in ("2", "3")], [7.5, 0.3])

    @staticmethod
    def _csv(table):
        return "\n".join(";".join(map(str, line)) for line in table).encode()

    @staticmethod
    def _workbook(table):
        book, output = Workbook(), io.BytesIO()
        for line in table:
            book.active.append(line)
        book.save(output)
        return output.getvalue()

    def test_duplicate_rows_are_refused(self):
        row = f"95,3,Eventi,01.02,1.03.02.02.999,{self.year},%s,T\n"
        refused = self._refused(HEADER + row % 100 + row % 200)
        self.assertEqual(list(refused), [3])
        self.assertIn("Row 2", refused[3])
        self.assertEqual(self.env["pa.capitolo"]._find(self.company, "95.3").stanziamento_ids.assestato, 100.0)

    def test_ambiguous_texts_are_never_guessed(self):
        def row(number, programma, amount):
            return f"{number},0,X,{programma},1.03.02.02.999,{self.year},{amount},\n"

        refused = self._refused(
            HEADER + row(1, "01.02", "1.234") + row(2, "1.1", "5") + row(3, "2026-05-10", "5") + row(4, "9.2", "5")
        )
        self.assertEqual(sorted(refused), [2, 3, 4])
        self.assertIn("01.01 / 01.10", refused[3])
        self.assertIn("date", refused[4])

    def test_refused_rows_come_back_as_a_file(self):
        good = f"95,3,Eventi,01.02,1.03.02.02.999,{self.year},100,T\n"
        bad = f"96,0,Programma sbagliato,01.99,1.03.02.02.999,{self.year},1000,T\n"
        wizard = self._import(HEADER + good + bad)
        self.assertEqual((wizard.loaded, wizard.refused), (1, 1))
        text = base64.b64decode(wizard.with_context(bin_size=False).refused_file).decode("utf-8-sig")
        self.assertIn("motivo", text.splitlines()[0])
        corrected = text.replace("01.99", "01.02").encode("utf-8-sig")
        self.assertEqual(self._import(corrected).loaded, 1)
        self.assertFalse(self._import(HEADER + good).refused_file)

    def test_a_cut_below_what_is_committed_is_refused(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        row = f"1000,0,Capitolo 1000,01.06,1.03.02.99.999,{self.year},%s,T\n"
        self.assertIn("0,00 €", self._refused(HEADER + row % "79,99".replace(",", "."))[2])
        self.assertEqual(self._import(HEADER + row % 80).loaded, 1)
        self.assertCounters(self.stanziamento, assestato=80.0, impegnato=80.0)
        other = HEADER + row % 80
        self.assertIn("procedure", self._refused(other.replace("1.03.02.99.999", "1.03.02.02.999"))[2])
        self.assertIn("title", self._refused(other.replace("1.03.02.99.999", "2.02.01.09.018"))[2])
        self.assertEqual(impegno.pdc_id, self.pdc)

    def test_an_approved_budget_changes_only_by_variation(self):
        text = HEADER + "95,3,%s,01.02,1.03.02.02.999,%s,%s,T\n"
        bilancio = self.env["pa.bilancio"].with_user(self.finanziario).create({"year_first": self.year})
        for amount in (2000, 1500):
            self.assertEqual(self._import(text % ("Eventi", self.year, amount)).loaded, 1)
        bilancio.action_provisional()
        self.assertEqual(self._import(text % ("Eventi", self.year, 1600)).loaded, 1)
        bilancio.action_approve()
        for amount in (1700, 1500, "0"):
            self.assertIn("art. 175", self._refused(text % ("Eventi", self.year, amount))[2])
        for column in ("cassa", "fpv"):
            row = HEADER.replace("settore", f"settore,{column}") + f"95,3,Eventi,01.02,1.03.02.02.999,{self.year},1600,T,7\n"
            self.assertIn("art. 175", self._refused(row)[2])
        self.assertIn("art. 175", self._refused(text.replace("95,3", "96,0") % ("Nuovo", self.year, 5))[2])
        stanziamento = self.env["pa.capitolo"]._find(self.company, "95.3").stanziamento_ids
        self.assertEqual(stanziamento.mapped("movimento_ids.amount"), [100.0, -500.0, 2000.0])
        # What is not an amount is still kept up to date, and so are the years that it does not cover.
        self.assertEqual(self._import(text % ("Manifestazioni", self.year, 1600)).loaded, 1)
        self.assertEqual(stanziamento.capitolo_id.name, "Manifestazioni")
        self.assertEqual(self._import(text % ("Manifestazioni", self.year + 3, 5)).loaded, 1)
        self.assertQuadra()

    def test_a_year_does_not_slip_away_from_its_approved_budget(self):
        budgets = self.env["pa.bilancio"].with_user(self.finanziario)
        bilancio = budgets.create({"year_first": self.year})
        bilancio.action_approve()
        years = bilancio.esercizio_ids.sorted("year")
        with self.assertRaisesRegex(UserError, "stays with"):
            years[0].bilancio_id = False
        with self.assertRaisesRegex(UserError, "stays with"):
            bilancio.esercizio_ids = [(3, years[0].id)]
        earlier = budgets.create({"year_first": self.year - 1})
        self.assertEqual((earlier.esercizio_ids.mapped("year"), len(bilancio.esercizio_ids)), ([self.year - 1], 3))
        with self.assertRaisesRegex(UserError, "stays with"):
            years[0].bilancio_id = earlier
        later = budgets.create({"year_first": self.year + 1})
        self.assertEqual(bilancio.esercizio_ids.mapped("year"), [self.year])
        later.unlink()
        self.assertEqual(bilancio.esercizio_ids.sorted("year"), years)

    def test_office_changes_with_the_year(self):
        row = "95,3,Eventi,01.02,1.03.02.02.999,%s,100,%s\n"
        self._import(HEADER + row % (self.year, "T") + row % (self.year + 1, "A"))
        rows = self.env["pa.capitolo"]._find(self.company, "95.3").stanziamento_ids.sorted("year")
        self.assertEqual(rows.department_id, self.tecnico + self.affari)

    def test_wildcards_are_not_offices(self):
        self.assertIn("%", self._refused(HEADER + f"95,3,Eventi,01.02,1.03.02.02.999,{self.year},100,%\n")[2])

    def test_existing_commitments(self):
        partner = self.fornitore.name
        text = (
            "capitolo,anno,numero,sub,importo,liquidato,creditore,cig\n"
            f'1000,{self.year - 1},435,,"8.500,00",500,{partner},\n'
            f"1000,{self.year - 1},435,6,500,,{partner},\n"
            f"1000,{self.year},12,,100,,,BA9F67DF48\n"
            f"1000,{self.year},13,,0.01,,,\n"
            f"1000,{self.year},14,,-5,,,\n"
            f"1000,{self.year},15,,5,,Nessuno,\n"
            f"7777,{self.year},16,,5,,,\n"
            f"1000,{self.year},17,,5,,,BA9F67DF49\n"
        )
        refused = self._refused(text, kind="residui")
        self.assertEqual(sorted(refused), [5, 6, 7, 8, 9])
        self.assertIn("0,00 €", refused[5])
        impegno = self.env["pa.impegno"]._find(self.company, self.year - 1, 435)
        self.assertEqual((impegno.amount, impegno.liquidato, impegno.subimpegnato), (8500.0, 500.0, 500.0))
        again = self._import(text, kind="residui")
        self.assertEqual((again.loaded, again.refused), (3, 5))
        self.assertIn("other data", self._refused(text.replace("8.500,00", "9.000,00"), kind="residui")[2])
        self.assertQuadra()

    def test_the_whole_file_or_a_clear_no(self):
        with self.assertRaisesRegex(UserError, "stanziamento"):
            self._import("capitolo,articolo,descrizione,missione_programma,pdc\n1,0,X,01.02,1.03.02.02.999\n")

    def test_what_a_refused_row_made_is_not_used_by_the_next_one(self):
        """Its code is made for the first year, and goes away with the second one's mistake."""
        years = f"stanziamento_{self.year};stanziamento_{self.year + 1}"
        text = f"capitolo;articolo;descrizione;missione_programma;pdc;{years}\n"
        text += "95;0;A;01.02;1.03.02.02.998;10;-1\n96;0;B;01.02;1.03.02.02.998;10;20\n"
        self.assertEqual(list(self._refused(text)), [2])
        capitolo = self.env["pa.capitolo"]._find(self.company, "96")
        self.assertEqual((capitolo.pdc_id.code, capitolo.stanziamento_ids.sorted("year").mapped("assestato")),
                         ("1.03.02.02.998", [10.0, 20.0]))

    def test_the_database_s_refusal_is_a_sentence(self):
        def twice(_row):
            self.capitolo.copy({"number": self.capitolo.number, "analytic_account_id": False})

        with mute_logger("odoo.sql_db"):
            report = self.env["pa.importa"]._each_row([(2, {})], twice)
        self.assertIn("exists already", report["messages"][0][1])

    def test_a_lost_race_is_not_bad_data(self):
        def lost(_row):
            raise SerializationFailure

        with self.assertRaises(SerializationFailure):
            self.env["pa.importa"]._each_row([(2, {})], lost)

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
