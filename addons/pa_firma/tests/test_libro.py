from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PASSWORD, FirmaCommon


@tagged("post_install", "-at_install")
class TestLibro(FirmaCommon):
    def _libro(self, user):
        return self.env["pa.firma.libro"].with_user(user).create({})

    def test_many_documents_one_password_an_outcome_each(self):
        atti = [self._at_signature(oggetto=f"Atto {n}") for n in range(4)]
        libro = self._libro(self.responsabile)
        self.assertEqual(libro.riga_ids.atto_id, self.env["pa.atto"].union(*atti))
        rows = {row.atto_id: row for row in libro.riga_ids}
        rows[atti[3]].selected = False
        atti[1]._supersede_documents()  # the second one can no longer be signed
        libro.action_sign(PASSWORD)
        self.assertEqual([rows[atto].state for atto in atti], ["signed", "refused", "signed", "waiting"])
        self.assertTrue(rows[atti[1]].message)
        self.assertEqual([atto.current_kind for atto in atti], ["visto", "firma", "visto", "firma"])
        self.assertEqual((libro.count_signed, libro.count_refused), (2, 1))

    def test_signing_again_takes_only_what_waits(self):
        atti = [self._at_signature(oggetto=f"Atto {n}") for n in range(2)]
        libro = self._libro(self.responsabile)
        libro.riga_ids[0].selected = False
        libro.action_sign(PASSWORD)
        served = self.tsa.requests
        libro.riga_ids[0].selected = True
        libro.action_sign(PASSWORD)
        self.assertEqual(self.tsa.requests, served + 1)
        self.assertEqual(libro.count_signed, 2)
        self.assertEqual({atto.current_kind for atto in atti}, {"visto"})

    def test_wrong_password_signs_nothing(self):
        atto = self._at_signature()
        libro = self._libro(self.responsabile)
        with self.assertRaises(UserError):
            libro.action_sign("sbagliata")
        self.assertEqual(atto.current_kind, "firma")

    def test_nothing_chosen(self):
        self._at_signature()
        libro = self._libro(self.responsabile)
        libro.riga_ids.selected = False
        with self.assertRaises(UserError):
            libro.action_sign(PASSWORD)

    def test_only_what_waits_for_me(self):
        self._at_signature()
        self.assertFalse(self._libro(self.finanziario).riga_ids)
