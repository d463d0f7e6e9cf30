from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestUfficio(ContabilitaCommon):
    """A chapter passes from the Settore Tecnico to Affari generali: who sees and who spends, before and after."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.residuo = cls.env["pa.impegno"]._load_opening(cls.capitolo, cls.year - 1, 5, 50, partner_id=cls.fornitore.id)
        cls._stanzia(cls.capitolo, 100, cls.year + 1)
        cls.impegno = cls.env["pa.impegno"]._load_opening(cls.capitolo, cls.year, 6, 10, partner_id=cls.fornitore.id)

    def _pass_on(self, year, user=None):
        self.env["pa.capitolo.riassegna"].with_user(user or self.finanziario).with_context(active_ids=self.capitolo.ids).create(
            {"department_id": self.affari.id, "year_from": year}
        ).action_confirm()
        self.env.invalidate_all()

    def _sees(self, user):
        """Years, counted from this one, whose figures the user reads; every table says the same."""
        ids = [("capitolo_id", "=", self.capitolo.id)]
        years = [
            self.env[model].with_user(user).search(ids).sudo().mapped(lambda row: row.year - self.year)
            for model in ("pa.stanziamento", "pa.situazione")
        ]
        self.assertEqual(*map(sorted, years))
        seen = self.env["pa.stanziamento"].with_user(user).search(ids)
        self.assertTrue(all(row.is_mine for row in seen))
        movements = self.env["pa.movimento"].with_user(user).search([("stanziamento_id.capitolo_id", "=", self.capitolo.id)])
        self.assertEqual(movements.stanziamento_id, seen.filtered("movimento_ids"))
        commitments = self.env["pa.impegno"].with_user(user).search(ids)
        self.assertEqual(commitments.stanziamento_id, seen.filtered("impegnato"))
        return sorted(years[0])

    def _spends(self, user, office):
        """Years, counted from this one, on which the user writes a line."""
        lines = {
            -1: self._riga(5, "liquidazione", impegno_id=self.residuo.id), 0: self._riga(5),
            1: self._riga(5, year=self.year + 1, multiyear_reason="Contratto"),
        }
        allowed = []
        for year, line in lines.items():
            tipo = "tipo_liquidazione" if year < 0 else "tipo_determina_impegno"
            try:
                with self.env.cr.savepoint():
                    atto = self._draft(tipo, user=user, department_id=office.id, riga_ids=[line])
                self.assertEqual(atto.riga_ids._reasons(), [])
                allowed.append(year)
            except AccessError:
                self.env.invalidate_all(flush=False)
        return allowed

    def _who(self):
        """(seen, spent on) by the old and by the new office."""
        return [(self._sees(user), self._spends(user, office))
                for user, office in ((self.responsabile, self.tecnico), (self.estraneo, self.affari))]

    def test_before(self):
        self.assertEqual(self._who(), [([-1, 0, 1], [-1, 0, 1]), ([], [])])

    def test_from_this_year(self):
        self._pass_on(self.year)
        self.assertEqual(self._who(), [([-1], []), ([-1, 0, 1], [-1, 0, 1])])

    def test_written_on_the_chapter_it_holds_from_this_year(self):
        self.capitolo.with_user(self.finanziario).department_id = self.affari
        self.env.invalidate_all()
        self.assertEqual(self._who(), [([-1], []), ([-1, 0, 1], [-1, 0, 1])])

    def test_from_next_year(self):
        self._pass_on(self.year + 1)
        self.assertEqual(self._who(), [([-1, 0], [-1, 0]), ([-1, 0, 1], [1])])

    def test_a_year_of_one_s_own_does_not_open_the_others(self):
        """The old office reads the chapter for its past year: the figures of this one stay hidden, also to a page."""
        self._pass_on(self.year)
        self.assertTrue(self.capitolo.with_user(self.responsabile).is_mine)
        riga = self.env["pa.atto.riga"].with_user(self.responsabile).new(
            {"atto_id": self._determina().id, "capitolo_id": self.capitolo.id, "year": self.year, "amount": 1000}
        )
        self.assertEqual((riga.room, riga.problems), (0.0, "the chapter belongs to another office"))
        atto = self._determina(self._riga(5, capitolo_id=self.opera.id), user=self.responsabile)
        with self.assertRaises(AccessError):
            atto.riga_ids.capitolo_id = self.capitolo

    def test_a_line_does_not_change_year_into_another_office_s(self):
        atto = self._determina(self._riga(5))
        self._pass_on(self.year + 1)
        with self.assertRaises(AccessError):
            atto.riga_ids.year = self.year + 1

    def test_what_is_under_way_goes_on(self):
        atto = self._to_visto(self._determina(self._riga(30)))
        returned = self._to_visto(self._determina(self._riga(20)))
        self._pass_on(self.year)
        self._complete(atto, self.finanziario)
        self.assertEqual(atto.sudo().impegno_ids.amount, 30.0)
        returned.with_user(self.finanziario)._my_step().action_return("Manca il CUP")
        with self.assertRaisesRegex(UserError, "another office"):
            self._complete(returned, self.istruttore)
        self.assertQuadra()

    def test_the_chapter_tells_it(self):
        self._pass_on(self.year)
        told = self.capitolo.message_ids.mapped("body")
        text = f"{self.year}, {self.year + 1}: Settore Tecnico → Affari generali"
        self.assertTrue([body for body in told if text in body], told)

    def test_only_the_finance_office_and_never_backwards(self):
        for user in (self.responsabile, self.estraneo, self.segretario):
            with self.assertRaises(AccessError):
                self._pass_on(self.year, user)
        with self.assertRaisesRegex(UserError, "Past years"):
            self._pass_on(self.year - 1)
        self.assertEqual(self._sees(self.estraneo), [])
