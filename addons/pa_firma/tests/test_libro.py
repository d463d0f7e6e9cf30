from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PASSWORD, FirmaCommon


@tagged("post_install", "-at_install")
class TestLibro(FirmaCommon):
    def _sign_all(self, user, atti, password=PASSWORD):
        steps = [atto.current_passo_ids.id for atto in atti]
        outcomes = self.env["pa.firma.libro"].with_user(user).sign(steps, self._device_of(user).id, password)
        self.assertEqual([outcome["passo_id"] for outcome in outcomes], steps)
        return outcomes

    def test_many_documents_one_password_an_outcome_each(self):
        atti = [self._at_signature(oggetto=f"Atto {n}") for n in range(4)]
        libro = self.env["pa.firma.libro"].with_user(self.responsabile).load_documents()
        self.assertEqual([row["atto_id"] for row in libro["rows"]], [atto.id for atto in atti])
        self.assertEqual([device["id"] for device in libro["devices"]], self._device_of(self.responsabile).ids)
        atti[1]._supersede_documents()  # the second one can no longer be signed
        outcomes = self._sign_all(self.responsabile, atti[:3])
        self.assertEqual([outcome["state"] for outcome in outcomes], ["signed", "refused", "signed"])
        self.assertTrue(outcomes[1]["message"])
        self.assertEqual([atto.current_kind for atto in atti], ["visto", "firma", "visto", "firma"])

    def test_visas_are_favourable(self):
        atti = [self._at_signature(oggetto=f"Atto {n}") for n in range(2)]
        self._sign_all(self.responsabile, atti)
        self._sign_all(self.finanziario, atti)
        for atto in atti:
            visto = atto.passo_ids.filtered(lambda p: p.kind == "visto")
            self.assertEqual((visto.outcome, atto.esecutiva), ("favorevole", True))

    def test_what_is_signed_is_not_signed_again(self):
        atto = self._at_signature()
        step = atto.current_passo_ids
        self._sign_all(self.responsabile, [atto])
        served = self.tsa.requests
        outcomes = self.env["pa.firma.libro"].with_user(self.responsabile).sign(
            step.ids, self._device_of(self.responsabile).id, PASSWORD
        )
        self.assertEqual(outcomes[0]["state"], "refused")
        self.assertEqual(self.tsa.requests, served)

    def test_wrong_password_signs_nothing(self):
        atto = self._at_signature()
        with self.assertRaises(UserError):
            self._sign_all(self.responsabile, [atto], "sbagliata")
        self.assertEqual(atto.current_kind, "firma")

    def test_nothing_chosen_and_somebody_elses_device(self):
        with self.assertRaises(UserError):
            self._sign_all(self.responsabile, [])
        atto = self._at_signature()
        with self.assertRaises(AccessError):
            self.env["pa.firma.libro"].with_user(self.estraneo).sign(
                atto.current_passo_ids.ids, self._device_of(self.responsabile).id, PASSWORD
            )

    def test_only_what_waits_for_me(self):
        atto = self._at_signature()
        libro = self.env["pa.firma.libro"].with_user(self.finanziario)
        self.assertFalse(libro.load_documents()["rows"])
        self.assertFalse(libro.load_documents([atto.id])["rows"])
        outcomes = libro.sign(atto.current_passo_ids.ids, self._device_of(self.finanziario).id, PASSWORD)
        self.assertEqual(outcomes[0]["state"], "refused")
        self.assertEqual(atto.current_kind, "firma")
