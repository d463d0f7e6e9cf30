from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, tagged

from .common import FirmaCommon


@tagged("post_install", "-at_install")
class TestRifiutoDichiarato(FirmaCommon, HttpCase):
    """Who does not sign says why: one document, several with the same reason, from the dialog."""

    def _refuse(self, atti, outcome="returned", reason="Manca il CIG", user=None):
        steps = [atto.current_passo_ids.id for atto in atti]
        return self.env["pa.firma.libro"].with_user(user or self.responsabile).refuse(steps, outcome, reason)

    def test_several_go_back_with_the_same_reason(self):
        atti = [self._at_signature(oggetto=f"Atto {n}") for n in range(3)]
        steps = [atto.current_passo_ids for atto in atti]
        atti[1].with_user(self.responsabile)._my_step().action_reject("Altro")  # gone in the meantime
        outcomes = self.env["pa.firma.libro"].with_user(self.responsabile).refuse([s.id for s in steps], "returned", " Manca il CIG ")
        self.assertEqual([o["state"] for o in outcomes], ["returned", "refused", "returned"])
        self.assertTrue(outcomes[1]["message"])
        for atto, step in ((atti[0], steps[0]), (atti[2], steps[2])):
            self.assertEqual((atto.current_kind, step.outcome, step.reason), ("redazione", "returned", "Manca il CIG"))
            self.assertEqual((step.done_by_id, step.done_as), (self.responsabile, "Responsabile di servizio – Settore Tecnico"))
            self.assertIn("Manca il CIG", [item["reason"] for item in atto.with_user(self.istruttore).timeline])
            self.assertFalse(atto.sudo().firma_ids)

    def test_rejected_act_ends(self):
        atto = self._at_signature()
        self.assertEqual(self._refuse([atto], "rejected")[0]["state"], "rejected")
        self.assertEqual((atto.state, atto.closing_reason), ("rejected", "Manca il CIG"))

    def test_what_is_refused_to_refuse(self):
        atto = self._at_signature()
        for outcome, reason in (("returned", " "), ("returned", False), ("done", "x"), ("favorevole", "x"), ("", "x")):
            with self.assertRaises(UserError):
                self._refuse([atto], outcome, reason)
        with self.assertRaises(UserError):
            self.env["pa.firma.libro"].with_user(self.responsabile).refuse([], "returned", "x")
        for user in (self.istruttore, self.finanziario, self.estraneo):
            self.assertEqual(self._refuse([atto], user=user)[0]["state"], "refused")
        drafting = self._draft()
        drafting.action_start()
        drafting.with_user(self.responsabile)._my_step().action_return("x")
        self.assertEqual(self._refuse([drafting], user=self.istruttore)[0]["state"], "refused")  # not a signature
        self.assertEqual(atto.current_kind, "firma")

    def test_from_the_dialog(self):
        atto = self._at_signature()
        action = atto.with_user(self.responsabile).action_complete_mine()
        wizard = self.env["pa.firma.wizard"].with_user(self.responsabile).with_context(**action["context"]).create({})
        ask = wizard.action_refuse()
        form = Form(self.env["pa.motivo"].with_user(self.responsabile).with_context(**ask["context"]))
        form.reason = "Importo errato"
        form.save().action_confirm()
        self.assertEqual((atto.current_kind, atto.passo_ids.filtered(lambda p: p.outcome == "returned").reason), ("redazione", "Importo errato"))
        with self.assertRaises(UserError):
            self._sign(atto, self.responsabile)

    def test_libro_firma(self):
        atti = [self._at_signature("tipo_determina", oggetto=f"Atto {n}") for n in range(3)]
        self.start_tour("/odoo/libro-firma", "pa_firma_refuse", login="pa_responsabile")
        self.assertEqual([atto.current_kind or atto.state for atto in atti], ["redazione", "rejected", "rejected"])
        self.assertEqual(atti[0].passo_ids.filtered(lambda p: p.outcome == "returned").reason, "Manca il CIG")
