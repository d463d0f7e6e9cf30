from datetime import date

from psycopg2 import IntegrityError

from odoo.addons.pa_atti.tools.giorno import on_day
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestAnni(ContabilitaCommon):
    """Years end and reopen; numbers go on from those given before."""

    def test_visa_after_the_year_is_refused(self):
        """Held in December, visa asked in January: it is another year's money."""
        atto = self._to_visto(self._determina(self._riga(80)))
        with on_day(date(self.year + 1, 1, 20)), self.assertRaisesRegex(UserError, "year is over"):
            self._complete(atto, self.finanziario)
        self.assertCounters(self.stanziamento, bloccato=80.0, impegnato=0.0)

    def test_visa_on_a_closed_year_is_refused(self):
        atto = self._to_visto(self._determina(self._riga(80)))
        self.stanziamento.esercizio_id.state = "closed"
        with self.assertRaisesRegex(UserError, "year is over"):
            self._complete(atto, self.finanziario)

    def test_reopened_year_has_its_ceiling_again(self):
        closed = self.env["pa.esercizio"]._get(self.company, self.year - 1)
        self.assertEqual(closed.state, "closed")
        row = self._stanzia(self.capitolo, 10, self.year - 1)
        self.assertTrue(row.no_ceiling)
        closed.state = "open"
        self.assertFalse(row.no_ceiling)

    def test_year_that_carries_more_does_not_reopen(self):
        self.env["pa.impegno"]._load_opening(self.capitolo, self.year - 1, 7, "50.00")
        with self.assertRaisesRegex(UserError, "more than its appropriation"):
            self.env["pa.esercizio"]._get(self.company, self.year - 1).state = "open"

    def test_this_year_is_open_whatever_budget_comes_first(self):
        self.env["pa.esercizio"].search([("year", ">=", self.year + 1)]).unlink()
        self.env["pa.bilancio"].create({"year_first": self.year + 1})
        self.assertEqual(self.env["pa.esercizio"]._default_state(self.company, self.year), "open")

    def test_numbers_go_on_after_the_opening_balances(self):
        """Openings 3 and 7 exist: the first new commitment is 8, with one entry in its register, of its true day."""
        load = self.env["pa.impegno"]._load_opening
        load(self.capitolo, self.year, 7, "10.00")
        load(self.capitolo, self.year, 3, "10.00")
        impegno = self._esecutiva(self._riga(20)).impegno_ids
        self.assertEqual(impegno.number, 8)
        registro = impegno._registro()
        self.assertEqual(registro.voce_ids.mapped("number"), [8])
        self.assertEqual(registro._verify(self.year), [])

    def test_same_number_twice_is_refused(self):
        load = self.env["pa.impegno"]._load_opening
        load(self.capitolo, self.year, 7, "10.00")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            load(self.capitolo, self.year, 7, "10.00")

    def test_commitment_from_a_reservation_beside_a_free_one(self):
        """100 there, 50 reserved: 40 free and the 50 reserved go together in one act."""
        reserved = self._esecutiva(self._riga(50, "prenotazione")).impegno_ids
        atto = self._esecutiva(self._riga(40), self._riga(50, prenotazione_id=reserved.id))
        self.assertEqual(sorted(atto.impegno_ids.mapped("amount")), [40.0, 50.0])
        self.assertCounters(self.stanziamento, impegnato=90.0, prenotato=0.0, disponibile=10.0)
        self.assertQuadra()

    def test_procedure_that_waits_after_the_visa_is_refused(self):
        iter_id = self.env.ref("pa_atti.iter_determina_impegno")
        self.env["pa.iter.passo"].create({
            "iter_id": iter_id.id, "sequence": 45, "name": "Sigla", "kind": "attesa",
            "ruolo_id": self.env.ref("pa_atti.ruolo_segretario").id,
        })
        with self.assertRaisesRegex(UserError, "183 c.7"):
            self._determina(self._riga(10)).action_start()

    def test_reserved_subject_is_not_the_commitments_reason(self):
        atto = self._esecutiva(self._riga(10, description="Contributo a persona malata"))
        self.assertEqual(atto.impegno_ids.description, "Contributo a persona malata")
        atto = self._determina(self._riga(10, description="Contributo a persona malata"))
        atto.reserved = True
        self._to_visto(atto)
        self._complete(atto, self.finanziario)
        self.assertNotIn("malata", atto.impegno_ids.description)
