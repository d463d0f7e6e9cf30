from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CUP, ContabilitaCommon


@tagged("post_install", "-at_install")
class TestDetermina(ContabilitaCommon):
    def test_hold_then_numbered_commitment(self):
        atto = self._determina(self._riga(80))
        self.assertEqual(atto.riga_ids.room, 100.0)
        atto.action_start()
        self.assertCounters(self.stanziamento, bloccato=80.0, impegnato=0.0, disponibile=20.0)
        self._complete(atto, self.responsabile)
        self._complete(atto, self.finanziario)
        self.assertTrue(atto.esecutiva)
        self.assertCounters(self.stanziamento, bloccato=0.0, impegnato=80.0, disponibile=20.0)
        impegno = atto.impegno_ids
        self.assertEqual((impegno.number, impegno.year, impegno.amount), (1, self.year, 80.0))
        self.assertEqual((impegno.partner_id, impegno.pdc_id), (self.fornitore, self.pdc))
        self.assertEqual(atto.riga_ids.result_impegno_id, impegno)
        self.assertQuadra()

    def test_second_act_is_refused_with_the_room_left(self):
        self._determina(self._riga(80)).action_start()
        with self.assertRaisesRegex(UserError, "20,00 €"):
            self._determina(self._riga(80)).action_start()

    def test_two_lines_that_together_exceed(self):
        with self.assertRaisesRegex(UserError, "40,00 €"):
            self._determina(self._riga(60), self._riga(60)).action_start()

    def test_abandoned_and_rejected_release(self):
        atto = self._determina(self._riga(80))
        atto.action_start()
        atto.action_abandon("Non serve più")
        self.assertCounters(self.stanziamento, bloccato=0.0, disponibile=100.0)
        atto = self._determina(self._riga(80))
        atto.action_start()
        atto.with_user(self.responsabile)._my_step().action_reject("No")
        self.assertCounters(self.stanziamento, bloccato=0.0, disponibile=100.0)
        self.assertQuadra()

    def test_resubmission_holds_the_difference(self):
        atto = self._to_visto(self._determina(self._riga(80)))
        atto.with_user(self.finanziario)._my_step().action_return("Importo sbagliato")
        self.assertCounters(self.stanziamento, bloccato=80.0)
        atto.riga_ids.amount = 95
        atto.write({"riga_ids": [self._riga(5)]})
        self._complete(atto, self.istruttore)
        self.assertCounters(self.stanziamento, bloccato=100.0, disponibile=0.0)
        self._complete(atto, self.responsabile)
        self._complete(atto, self.finanziario)
        self.assertCounters(self.stanziamento, bloccato=0.0, impegnato=100.0)
        self.assertEqual(sorted(atto.impegno_ids.mapped("number")), [1, 2])
        self.assertQuadra()

    def test_removed_line_releases(self):
        atto = self._to_visto(self._determina(self._riga(60), self._riga(20)))
        atto.with_user(self.finanziario)._my_step().action_return("Togliere la seconda")
        atto.riga_ids[1].unlink()
        self.assertCounters(self.stanziamento, bloccato=60.0)
        self.assertQuadra()

    def test_lines_are_frozen_under_way(self):
        atto = self._determina(self._riga(80))
        atto.action_start()
        for attack in (
            lambda: atto.riga_ids.write({"amount": 1}),
            lambda: atto.riga_ids.unlink(),
            lambda: atto.write({"riga_ids": [fields.Command.clear()]}),
            lambda: self.env["pa.atto.riga"].create({"atto_id": atto.id, "amount": 1, "capitolo_id": self.capitolo.id}),
        ):
            with self.assertRaises(UserError):
                attack()

    def test_prenotazione_then_commitment(self):
        """TUEL art. 183 c.3: it stays a reservation after the visto and later becomes commitments."""
        atto = self._esecutiva(self._riga(70, "prenotazione"), tipo="tipo_determina_contrarre")
        prenotazione = atto.impegno_ids
        self.assertEqual((prenotazione.kind, prenotazione.number), ("prenotazione", 1))
        self.assertCounters(self.stanziamento, prenotato=70.0, impegnato=0.0, disponibile=30.0)
        atto = self._esecutiva(self._riga(50, prenotazione_id=prenotazione.id))
        self.assertCounters(self.stanziamento, prenotato=20.0, impegnato=50.0, disponibile=30.0)
        self.assertCounters(prenotazione, utilizzato=50.0, disponibile=20.0)
        self.assertEqual(atto.impegno_ids.prenotazione_id, prenotazione)
        with self.assertRaisesRegex(UserError, "20,00 €"):
            self._determina(self._riga(21, prenotazione_id=prenotazione.id)).action_start()
        self._esecutiva(self._riga(20, "economia", impegno_id=prenotazione.id))
        self.assertCounters(self.stanziamento, prenotato=0.0, disponibile=50.0)
        self.assertQuadra()

    def test_subimpegni_stay_within_the_commitment(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        self._esecutiva(self._riga(50, "subimpegno", impegno_id=impegno.id))
        sub = impegno.child_ids
        self.assertEqual((sub.number, sub.sub_number, sub.amount), (impegno.number, 1, 50.0))
        self.assertCounters(impegno, subimpegnato=50.0, disponibile=30.0)
        self.assertCounters(self.stanziamento, impegnato=80.0)
        with self.assertRaisesRegex(UserError, "30,00 €"):
            self._determina(self._riga(31, "subimpegno", impegno_id=impegno.id)).action_start()
        self._esecutiva(self._riga(10, "subimpegno", impegno_id=sub.id))
        self.assertEqual((sub.child_ids.sub_number, sub.child_ids.subsub_number), (1, 1))
        self.assertQuadra()

    def test_economia_gives_back(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        self._esecutiva(self._riga(30, "economia", impegno_id=impegno.id))
        self.assertCounters(impegno, amount=50.0, amount_initial=80.0)
        self.assertCounters(self.stanziamento, impegnato=50.0, disponibile=50.0)
        with self.assertRaises(UserError):
            self._determina(self._riga(51, "economia", impegno_id=impegno.id)).action_start()
        self.assertQuadra()

    def test_each_year_is_checked_on_its_own(self):
        self._stanzia(self.capitolo, 50, self.year + 1)
        later = self._riga(51, year=self.year + 1, multiyear_reason="Contratto pluriennale")
        with self.assertRaisesRegex(UserError, "50,00 €"):
            self._determina(self._riga(10), later).action_start()
        with self.assertRaisesRegex(UserError, "183 c.6"):
            self._determina(self._riga(10, year=self.year + 1)).action_start()
        atto = self._esecutiva(self._riga(10), self._riga(50, year=self.year + 1, multiyear_reason="Contratto pluriennale"))
        self.assertEqual(sorted(atto.impegno_ids.mapped("year")), [self.year, self.year + 1])
        self.assertEqual(set(atto.impegno_ids.mapped("number")), {1})
        self.assertQuadra()

    def test_what_a_commitment_needs(self):
        cases = {
            "creditor": {"partner_id": False},
            "due date": {"date_due": False},
            "CIG or why": {"cig": False},
            "check digits": {"cig": "BA9F67DF49"},
            "malformed": {"cup": "129D24000270001"},
            "past year": {"year": self.year - 1},
            "no appropriation": {"year": self.year + 5},
        }
        self._stanzia(self.capitolo, 100, self.year - 1)
        for text, vals in cases.items():
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                self._determina(self._riga(10, **vals)).action_start()
        self._determina(self._riga(10, cig=False, cig_reason="SPESE_ECONOMALI")).action_start()

    def test_investment_without_cup_is_refused(self):
        with self.assertRaisesRegex(UserError, "CUP"):
            self._determina(self._riga(10, capitolo_id=self.opera.id)).action_start()
        self._determina(self._riga(10, capitolo_id=self.opera.id, cup=CUP)).action_start()

    def test_funds_accept_no_commitment(self):
        riserva = self._capitolo(500, "1.10.01.01.001", "20.01", self.tecnico, no_impegni=True)
        self._stanzia(riserva, 100)
        with self.assertRaisesRegex(UserError, "167"):
            self._determina(self._riga(10, capitolo_id=riserva.id)).action_start()

    def test_type_without_visto_cannot_commit(self):
        with self.assertRaisesRegex(UserError, "183 c.7"):
            self._determina(self._riga(10), tipo="tipo_determina").action_start()

    def test_no_number_twice(self):
        """Also in the table: a unique index does not see NULLs."""
        load = self.env["pa.impegno"]._load_opening
        load(self.capitolo, self.year, 5, "1.00")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            load(self.capitolo, self.year, 5, "1.00")
            self.env.flush_all()

    def test_opening_balances_and_numbers(self):
        load = self.env["pa.impegno"]._load_opening
        residuo = load(self.capitolo, self.year - 3, 435, "300674.53", partner_id=self.fornitore.id)
        sub = load(self.capitolo, self.year - 3, 435, "76555.00", sub_number=6)
        load(self.capitolo, self.year - 3, 435, "2000.00", sub_number=6, subsub_number=1)
        self.assertEqual((residuo.subimpegnato, sub.subimpegnato), (76555.0, 2000.0))
        self.assertTrue(residuo.stanziamento_id.no_ceiling)
        load(self.capitolo, self.year, 1, "30.00", liquidato="10.00")
        self.assertCounters(self.stanziamento, impegnato=30.0, liquidato=10.0, disponibile=70.0)
        self.assertEqual(self._esecutiva(self._riga(10)).impegno_ids.number, 2)
        with self.assertRaises(UserError):
            load(self.capitolo, self.year, 99, "1.00", sub_number=1)
        with self.assertRaisesRegex(UserError, "60,00 €"), self.env.cr.savepoint():
            load(self.capitolo, self.year, 98, "60.01")
        atto = self._esecutiva(self._riga(1000, "subimpegno", impegno_id=residuo.id))
        self.assertEqual(atto.impegno_ids.sub_number, 7)
        self.assertQuadra()
