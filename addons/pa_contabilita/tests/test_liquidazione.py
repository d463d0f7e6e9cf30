from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestLiquidazione(ContabilitaCommon):
    def setUp(self):
        super().setUp()
        self.impegno = self._esecutiva(self._riga(80)).impegno_ids

    def _liquida(self, amount):
        atto = self._determina(self._riga(amount, "liquidazione", impegno_id=self.impegno.id), tipo="tipo_liquidazione")
        atto.action_start()
        self._complete(atto, self.responsabile)
        return atto

    def test_effective_only_at_the_control(self):
        """TUEL art. 184 c.4: the control is not the visto, and enforceability does not depend on it."""
        atto = self._liquida(50)
        self.assertTrue(atto.esecutiva)
        self.assertEqual(atto.current_kind, "controllo")
        self.assertCounters(self.stanziamento, liquidato=0.0)
        self.assertCounters(self.impegno, bloccato=50.0, liquidato=0.0)
        with self.assertRaises(UserError):
            atto.current_passo_ids.with_user(self.responsabile).action_complete()
        self._complete(atto, self.finanziario)
        self.assertCounters(self.stanziamento, liquidato=50.0, impegnato=80.0)
        self.assertCounters(self.impegno, bloccato=0.0, liquidato=50.0, disponibile=30.0)
        self.assertEqual((atto.liquidazione_ids.number, atto.liquidazione_ids.amount), (1, 50.0))
        self.assertQuadra()

    def test_negative_control_gives_everything_back(self):
        """80 committed, 50 asked: the finance head refuses, nothing is approved and 80 are free for another approval."""
        atto = self._liquida(50)
        with self.assertRaises(UserError):
            self._complete(atto, self.finanziario, outcome="contrario")
        self._complete(atto, self.finanziario, outcome="contrario", reason="DURC irregolare")
        self.assertTrue(atto.esecutiva)
        self.assertFalse(atto.liquidazione_ids)
        self.assertCounters(self.impegno, bloccato=0.0, liquidato=0.0, disponibile=80.0)
        self.assertCounters(self.stanziamento, liquidato=0.0, impegnato=80.0)
        self.assertEqual(atto.riga_ids.state, "released")
        self.assertQuadra()

    def test_another_creditor_is_explained(self):
        other = self.env["res.partner"].create({"name": "Banca Cessionaria"})
        riga = self._riga(50, "liquidazione", impegno_id=self.impegno.id, partner_id=other.id)
        with self.assertRaisesRegex(UserError, "creditor"):
            self._determina(riga, tipo="tipo_liquidazione").action_start()
        riga = self._riga(50, "liquidazione", impegno_id=self.impegno.id, partner_id=other.id, description="Cessione del credito")
        self._determina(riga, tipo="tipo_liquidazione").action_start()

    def test_what_falls_due_later_is_not_approved_now(self):
        self._stanzia(self.capitolo, 100, self.year + 1)
        future = self._esecutiva(self._riga(40, year=self.year + 1, multiyear_reason="Contratto")).impegno_ids
        with self.assertRaisesRegex(UserError, str(self.year + 1)):
            self._determina(self._riga(10, "liquidazione", impegno_id=future.id), tipo="tipo_liquidazione").action_start()

    def test_chapter_and_year_are_those_of_the_commitment(self):
        riga = self._riga(10, "liquidazione", impegno_id=self.impegno.id, capitolo_id=self.opera.id)
        with self.assertRaisesRegex(UserError, "those of the commitment"):
            self._determina(riga, tipo="tipo_liquidazione").action_start()

    def test_between_visa_and_control_nobody_else_takes_it(self):
        """An act commits 20 and approves them: from the visa on they are held, and a saving on them is refused."""
        atto = self._determina(self._riga(20))
        atto.write({"riga_ids": [self._riga(20, "liquidazione", source_riga_id=atto.riga_ids.id)]})
        self._to_visto(atto)
        self._complete(atto, self.finanziario)
        self.assertCounters(atto.impegno_ids, bloccato=20.0, disponibile=0.0)
        with self.assertRaisesRegex(UserError, "0,00"):
            self._determina(self._riga(20, "economia", impegno_id=atto.impegno_ids.id)).action_start()
        self._complete(atto, self.finanziario)
        self.assertCounters(atto.impegno_ids, bloccato=0.0, liquidato=20.0)
        self.assertQuadra()

    def test_no_more_than_the_commitment(self):
        self._complete(self._liquida(50), self.finanziario)
        with self.assertRaisesRegex(UserError, "30,00 €"):
            self._liquida("30.01")

    def test_holds_of_two_acts_add_up(self):
        self._liquida(50)
        with self.assertRaisesRegex(UserError, "30,00 €"):
            self._liquida(40)

    def test_no_reduction_below_what_is_liquidated(self):
        self._complete(self._liquida(50), self.finanziario)
        with self.assertRaisesRegex(UserError, "30,00 €"):
            self._determina(self._riga(31, "economia", impegno_id=self.impegno.id)).action_start()

    def test_commitment_and_payment_approval_in_one_act(self):
        atto = self._determina(self._riga(20))
        atto.write({"riga_ids": [self._riga(20, "liquidazione", source_riga_id=atto.riga_ids.id)]})
        self._to_visto(atto)
        self._complete(atto, self.finanziario)
        self.assertEqual(atto.current_kind, "controllo")
        self._complete(atto, self.finanziario)
        self.assertCounters(self.stanziamento, impegnato=100.0, liquidato=20.0)
        self.assertQuadra()
