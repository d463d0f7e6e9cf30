from odoo.tests import tagged

from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestVelocita(ContabilitaCommon):
    """Ceilings on queries, generous: who goes over them made a transition slower without seeing it."""

    def _queries(self, call, *arguments):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call(*arguments)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _visto(self, lines):
        atto = self._to_visto(self._determina(*(self._riga(1) for _number in range(lines))))
        return atto, self._queries(self._complete, atto, self.finanziario)

    def test_act_with_one_commitment(self):
        self._esecutiva(self._riga(1))  # caches are warm
        atto = self._determina(self._riga(1))
        start = self._queries(atto.action_start)
        signature = self._queries(self._complete, atto, self.responsabile)
        visto = self._queries(self._complete, atto, self.finanziario)
        self.assertTrue(atto.esecutiva)
        self.assertLessEqual(start, 75)
        self.assertLessEqual(signature, 50)
        self.assertLessEqual(visto, 65)

    def test_lines_cost_no_queries_of_their_own(self):
        """Forty more lines on one chapter: one UPDATE of its counters, one of the register, the same few for the rest."""
        self._visto(1)
        _atto, few = self._visto(2)
        atto, many = self._visto(42)
        self.assertLessEqual(many, few + 4)
        impegni = atto.impegno_ids.sorted("number")
        first = impegni[0].number
        self.assertEqual(impegni.mapped("number"), list(range(first, first + 42)))
        self.assertEqual(impegni[0]._registro()._verify(self.year), [])
        self.assertQuadra()

    def test_entries_say_whose_number_they_are(self):
        """A number in use already is passed over, wherever it falls in the act; its entry stays, of who asked for it."""
        first = self._esecutiva(self._riga(1)).impegno_ids.number
        registro = self.env["pa.impegno"]._get_registro(self.company, "IMPEGNI")
        other = self._esecutiva(self._riga(7)).impegno_ids
        self.env.flush_all()
        # What an import after the first commitments may leave behind.
        self.env.cr.execute("UPDATE pa_impegno SET number = %s WHERE id = %s", [first + 2, other.id])
        self.env.invalidate_all()
        atto = self._esecutiva(self._riga(2), self._riga(3), self._riga(4))
        numbers = {int(impegno.amount): impegno.number for impegno in atto.impegno_ids}
        self.assertEqual(numbers, {2: first + 5, 3: first + 3, 4: first + 4})
        entries = {voce.number: voce.payload for voce in registro.voce_ids}
        for amount, number in numbers.items():
            self.assertIn(f'"importo":"{amount}.00"', entries[number])
        self.assertEqual(registro._verify(self.year), [])
