from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import CIG, CUP, ContabilitaCommon


@tagged("post_install", "-at_install")
class TestRegole(ContabilitaCommon):
    """The rules of law one by one, with numbers worked by hand; the file beside has the everyday path."""

    # 1: impegni + prenotazioni + holds <= stanziamento - FPV

    def test_everything_that_takes_room_adds_up(self):
        self.stanziamento._move({"fpv": "15.00"}, "FPV")  # 100 - 15 = 85
        self._esecutiva(self._riga("40.00"))  # 45 left
        self._esecutiva(self._riga("25.00", "prenotazione"), tipo="tipo_determina_contrarre")  # 20 left
        self._determina(self._riga("12.50")).action_start()  # a hold: 7.50 left
        with self.assertRaisesRegex(UserError, r"7,51 € .* 7,50 €"):
            self._determina(self._riga("7.51")).action_start()
        self._determina(self._riga("7.50")).action_start()
        self.assertCounters(self.stanziamento, impegnato=40.0, prenotato=25.0, bloccato=20.0, fpv=15.0, disponibile=0.0)
        self.assertQuadra()

    def test_the_visto_asks_again(self):
        """Room is kept by the hold, not by what was seen when the act was written."""
        atto = self._to_visto(self._determina(self._riga(80)))
        with self.assertRaisesRegex(UserError, "20,00 €"):
            self._determina(self._riga(21)).action_start()
        self._complete(atto, self.finanziario)
        self.assertCounters(self.stanziamento, impegnato=80.0, bloccato=0.0)

    def test_no_ceiling_for_third_parties_and_treasury_advances(self):
        advances = self._capitolo(9500, "5.01.01.01.001", "60.01", self.tecnico)
        self._stanzia(advances, 10)
        for capitolo in (self.giro, advances):
            self._esecutiva(self._riga("5000.00", capitolo_id=capitolo.id))
        loans = self._capitolo(9600, "4.03.01.04.003", "50.02", self.tecnico)
        self._stanzia(loans, 10)
        with self.assertRaisesRegex(UserError, "10,00 €"):
            self._determina(self._riga(11, capitolo_id=loans.id)).action_start()
        self.assertQuadra()

    def test_provisions_accept_nothing_whoever_made_the_chapter(self):
        """Missione 20, reserve funds and FPV codes, also where nobody ticked the box."""
        for number, pdc, programma in ((501, "1.10.01.03.001", "20.02"), (502, "1.10.02.01.001", "01.06"),
                                       (503, "2.05.02.01.001", "10.05"), (504, "1.03.02.99.999", "20.03")):
            fund = self._capitolo(number, pdc, programma, self.tecnico)
            self._stanzia(fund, 100)
            for kind, tipo in (("impegno", "tipo_determina_impegno"), ("prenotazione", "tipo_determina_contrarre")):
                with self.subTest(pdc=pdc, kind=kind), self.assertRaisesRegex(UserError, "167"):
                    self._determina(self._riga(10, kind, capitolo_id=fund.id, cup=CUP), tipo=tipo).action_start()

    # 2: hold, reservation, commitment

    def test_a_reservation_is_not_spent_twice(self):
        reserved = self._esecutiva(self._riga(70, "prenotazione"), tipo="tipo_determina_contrarre").impegno_ids
        first = self._determina(self._riga(50, prenotazione_id=reserved.id))
        first.action_start()
        self.assertCounters(self.stanziamento, prenotato=70.0, bloccato=0.0, disponibile=30.0)
        with self.assertRaisesRegex(UserError, "20,00 €"):
            self._determina(self._riga(30, prenotazione_id=reserved.id)).action_start()
        first.action_abandon("Gara deserta")
        self.assertCounters(reserved, bloccato=0.0, utilizzato=0.0, disponibile=70.0)
        self._esecutiva(self._riga(30, prenotazione_id=reserved.id), self._riga(40, prenotazione_id=reserved.id))
        self.assertCounters(self.stanziamento, prenotato=0.0, impegnato=70.0, disponibile=30.0)
        self.assertQuadra()

    def test_nothing_is_paid_on_a_reservation(self):
        reserved = self._esecutiva(self._riga(70, "prenotazione"), tipo="tipo_determina_contrarre").impegno_ids
        with self.assertRaisesRegex(UserError, "183 c.3"):
            self._determina(self._riga(5, "liquidazione", impegno_id=reserved.id), tipo="tipo_liquidazione").action_start()

    # 3: years

    def test_one_number_series_for_each_year(self):
        self._stanzia(self.capitolo, 60, self.year + 1)
        reason = {"multiyear_reason": "Contratto triennale"}
        self._esecutiva(self._riga(10))
        atto = self._esecutiva(self._riga(10), self._riga(20, year=self.year + 1, **reason))
        numbers = {(i.year, i.number) for i in atto.impegno_ids}
        self.assertEqual(numbers, {(self.year, 2), (self.year + 1, 1)})

    def test_capital_spending_on_later_years_needs_no_reason(self):
        self._stanzia(self.opera, 50, self.year + 1)
        self._determina(self._riga(50, capitolo_id=self.opera.id, year=self.year + 1, cup=CUP)).action_start()

    # 4: what a commitment carries

    def test_transazione_elementare(self):
        impegno = self._esecutiva(self._riga(10, ue_code="3", recurring=True, cup=CUP, description="Asfalto")).impegno_ids
        self.assertEqual(
            (impegno.programma_id.code, impegno.pdc_id.code, impegno.ue_code, impegno.recurring, impegno.cup, impegno.cig,
             impegno.description, impegno.date_due),
            ("01.06", "1.03.02.99.999", "3", True, CUP, CIG, "Asfalto", date(self.year, 12, 31)),
        )

    def test_codes_as_people_type_them(self):
        riga = self._determina(self._riga(10, cig=" ba9f67 df48 ", cup=CUP.lower())).riga_ids
        self.assertEqual((riga.cig, riga.cup), (CIG, CUP))

    # 5: numbered in the visto's transaction, or nothing at all

    def test_all_or_nothing_at_the_visto(self):
        atto = self._to_visto(self._determina(self._riga(80)))
        model = type(self.env["pa.impegno"])
        with patch.object(model, "_assign_numbers", side_effect=UserError("registro")), self.assertRaises(UserError), \
                self.env.cr.savepoint():
            self._complete(atto, self.finanziario)
        self.env.invalidate_all()
        self.assertEqual((atto.esecutiva, atto.number_generale, atto.impegno_ids.ids), (False, 0, []))
        self.assertCounters(self.stanziamento, bloccato=80.0, impegnato=0.0)
        self._complete(atto, self.finanziario)
        self.assertTrue(atto.esecutiva and atto.number_generale and atto.impegno_ids.number)

    def test_a_refused_visto_goes_back_with_its_reason_and_an_abandoned_act_releases(self):
        atto = self._to_visto(self._determina(self._riga(80)))
        self._complete(atto, self.finanziario, outcome="contrario", reason="Manca il CUP")
        self.assertEqual(atto.current_kind, "redazione")
        self.assertCounters(self.stanziamento, bloccato=80.0)
        atto.with_user(self.responsabile).action_abandon("Rinuncia")
        self.assertCounters(self.stanziamento, bloccato=0.0, disponibile=100.0)
        self.assertQuadra()

    def test_the_page_shows_the_lines_and_the_attestation(self):
        atto = self._determina(self._riga(12))
        context = atto._document_context()["accounting"]
        self.assertEqual((context["totals"], context["commits"]), ([("Impegno", "12,00 €")], True))
        row = context["rows"][0]
        self.assertEqual(
            (row["kind"], row["classification"], row["creditor"], row["codes"]),
            ("Impegno", "01.06 – 1.03.02.99.999", self.fornitore.name, CIG),
        )
        self.assertIsNone(self._determina()._document_context()["accounting"])

    # 8: sub-impegni and reductions

    def test_no_reduction_below_sub_commitments(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        self._esecutiva(self._riga(50, "subimpegno", impegno_id=impegno.id))
        with self.assertRaisesRegex(UserError, "30,00 €"):
            self._determina(self._riga("30.01", "economia", impegno_id=impegno.id)).action_start()
        sub = impegno.child_ids
        self._esecutiva(self._riga(20, "economia", impegno_id=sub.id))
        self.assertCounters(impegno, subimpegnato=30.0, amount=80.0, disponibile=50.0)
        self.assertCounters(self.stanziamento, impegnato=80.0)
        self._esecutiva(self._riga(50, "economia", impegno_id=impegno.id))
        self.assertCounters(self.stanziamento, impegnato=30.0, disponibile=70.0)
        self.assertQuadra()

    def test_two_reductions_at_once(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        self._determina(self._riga(50, "economia", impegno_id=impegno.id)).action_start()
        with self.assertRaisesRegex(UserError, "30,00 €"):
            self._determina(self._riga(40, "economia", impegno_id=impegno.id)).action_start()

    # 10: liquidazione

    def test_payments_on_a_sub_commitment_are_the_chapter_s_too(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        sub = self._esecutiva(self._riga(50, "subimpegno", impegno_id=impegno.id)).impegno_ids
        atto = self._determina(self._riga(45, "liquidazione", impegno_id=sub.id), tipo="tipo_liquidazione")
        atto.action_start()
        self._complete(atto, self.responsabile)
        self._complete(atto, self.finanziario)
        self.assertCounters(sub, liquidato=45.0, disponibile=5.0)
        self.assertCounters(impegno, liquidato=0.0, subimpegnato=50.0, disponibile=30.0)
        self.assertCounters(self.stanziamento, liquidato=45.0, impegnato=80.0)
        with self.assertRaisesRegex(UserError, "30,00 €"):
            self._determina(self._riga(31, "liquidazione", impegno_id=impegno.id), tipo="tipo_liquidazione").action_start()
        self.assertQuadra()

    def test_one_payment_approval_for_each_creditor(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        other = self.env["res.partner"].create({"name": "Beta"})
        atto = self._determina(
            self._riga(10, "liquidazione", impegno_id=impegno.id),
            self._riga(20, "liquidazione", impegno_id=impegno.id, partner_id=other.id, description="Cessione del credito"),
            self._riga(5, "liquidazione", impegno_id=impegno.id), tipo="tipo_liquidazione",
        )
        atto.action_start()
        self._complete(atto, self.responsabile)
        self._complete(atto, self.finanziario)
        amounts = {liq.partner_id: (liq.number, liq.amount) for liq in atto.liquidazione_ids}
        self.assertEqual(amounts, {self.fornitore: (1, 15.0), other: (2, 20.0)})
        self.assertEqual((atto.amount_liquidato, atto.amount_impegnato), (35.0, 0.0))
        self.assertQuadra()

    # the form

    def test_the_form_tells_room_and_what_is_missing_before_saving(self):
        form = Form(self._determina(), view="pa_contabilita.atto_form")
        with form.riga_ids.new() as riga:
            riga.capitolo_id = self.capitolo
            self.assertEqual((riga.year, riga.room), (self.year, 100.0))
            riga.amount = 130
            self.assertEqual(riga.room_after, -30.0)
            self.assertIn("100,00 €", riga.problems)
            self.assertIn("creditor", riga.problems)
            riga.amount, riga.partner_id, riga.cig, riga.date_due = 30, self.fornitore, CIG, f"{self.year}-12-31"
            self.assertFalse(riga.problems)
        atto = form.save()
        self.assertEqual((atto.riga_ids.room, atto.amount_total), (100.0, 30.0))

    def test_from_a_commitment_to_its_payment_approval(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        for name, kind, amount in (("liquidazione", "liquidazione", 80.0), ("subimpegno", "subimpegno", 0.0),
                                   ("economia", "economia", 0.0)):
            action = getattr(impegno.with_user(self.responsabile), f"action_new_{name}")()
            draft = self.env["pa.atto"].with_user(self.responsabile).with_context(**action["context"]).new({})
            self.assertEqual((draft.riga_ids.kind, draft.riga_ids.amount), (kind, amount))
            self.assertEqual(draft.riga_ids.impegno_id._origin, impegno)
            self.assertEqual(draft.riga_ids.capitolo_id._origin, self.capitolo)
        found = self.env["pa.impegno"].search([("disponibile", ">", 0), ("id", "=", impegno.id)])
        self.assertEqual(found, impegno)
        self.assertFalse(self.env["pa.impegno"].search([("disponibile", ">", 80), ("id", "=", impegno.id)]))
