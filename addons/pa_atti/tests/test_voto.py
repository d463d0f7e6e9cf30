from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import AttiCommon

URGENCY = "Il bando scade domani"


@tagged("post_install", "-at_install")
class TestVoto(AttiCommon):
    """Immediate enforceability is declared by the body with its vote (art. 134 c.4 TUEL), not by who writes the draft."""

    def _to_vote(self, tipo="tipo_delibera_giunta", opinion="favorevole"):
        atto = self._draft(tipo)
        atto.action_start()
        self._complete(atto, self.responsabile)
        self._complete(atto, self.finanziario, outcome=opinion, reason="Senza copertura" if opinion == "contrario" else False)
        self.assertTrue(atto.current_passo_ids._is_vote())
        return atto

    def _vote(self, atto, *args, user=None, **kwargs):
        return atto.current_passo_ids.with_user(user or self.segretario).action_vote(*args, **kwargs)

    def test_no_draft_declares_it(self):
        hostile = self.env["pa.atto"].with_context(default_immediate=True, default_immediate_votes=9)
        atto = self._draft("tipo_delibera_giunta", immediate=True, immediate_reason=URGENCY, immediate_votes=9)
        other = hostile.with_user(self.istruttore).create({
            "tipo_id": atto.tipo_id.id, "department_id": self.tecnico.id, "oggetto": "x"})
        for draft in (atto, other):
            self.assertEqual((draft.immediate, draft.immediate_reason, draft.immediate_votes), (False, False, 0))
        for user in (self.istruttore, self.responsabile):
            for vals in ({"immediate": True}, {"immediate_reason": URGENCY}, {"immediate_votes": 3}):
                with self.assertRaises(UserError):
                    atto.with_user(user).write(vals)

    def test_majority_of_the_members(self):
        """Of 13 (12 councillors and the mayor) 7 are needed, however few are present; of 5, 3; of 4, 3."""
        cases = ((13, 8, 7, True), (13, 7, 6, False), (13, 13, 6, False), (5, 5, 3, True), (5, 4, 2, False), (4, 4, 2, False),
                 (4, 3, 3, True))
        atto = self._to_vote("tipo_delibera_consiglio")
        step = atto.current_passo_ids.with_user(self.segretario)
        for components, present, votes, enough in cases:
            with self.subTest(components=components, votes=votes):
                if enough:
                    step._check_vote(URGENCY, components, present, votes)
                else:
                    with self.assertRaisesRegex(UserError, f"{components // 2 + 1} of {components}"):
                        step.action_vote(URGENCY, components, present, votes)
        self.assertFalse(atto.number_organo or atto.immediate)

    def test_numbers_that_cannot_be(self):
        atto = self._to_vote()
        for args in ((URGENCY, 5, 6, 5), (URGENCY, 5, 3, 4), (URGENCY, -5, -5, -5), (URGENCY, 5, 5, True), (URGENCY, 5.5, 5, 5),
                     (URGENCY, "5", "5", "5"), (" ", 5, 5, 5), (False, 5, 5, 5), (URGENCY, 0, 0, 0)):
            with self.subTest(args), self.assertRaises(UserError):
                self._vote(atto, *args)
        self.assertFalse(atto.immediate)

    def test_recorded_with_the_vote(self):
        atto = self._to_vote()
        self._vote(atto, URGENCY, 5, 4, 3)
        self.assertTrue(atto.esecutiva)
        self.assertEqual((atto.number_organo, atto.date_esecutiva), (1, atto.date_organo))
        self.assertEqual((atto.immediate_components, atto.immediate_present, atto.immediate_votes), (5, 4, 3))
        with self.assertRaises(UserError):
            atto.with_user(self.segretario).write({"immediate": False})

    def test_only_who_records_the_vote_and_only_there(self):
        atto = self._to_vote()
        for user in (self.istruttore, self.responsabile, self.finanziario, self.estraneo):
            with self.assertRaises(AccessError):
                self._vote(atto, URGENCY, 5, 5, 5, user=user)
        early = self._draft("tipo_delibera_giunta")
        early.action_start()
        with self.assertRaisesRegex(UserError, "134 c.4"):
            early.current_passo_ids.filtered(lambda p: p.ruolo_id.code == "responsabile").with_user(
                self.responsabile).action_vote(URGENCY, 5, 5, 5)
        ordinanza = self._draft()
        ordinanza.action_start()
        with self.assertRaisesRegex(UserError, "134 c.4"):
            self._vote(ordinanza, URGENCY, 5, 5, 5, user=self.responsabile)

    def test_a_contrary_opinion_is_answered_too(self):
        atto = self._to_vote(opinion="contrario")
        with self.assertRaisesRegex(UserError, "49 c.4"):
            self._vote(atto, URGENCY, 5, 5, 5)
        self.assertFalse(atto.number_organo)
        self._vote(atto, URGENCY, 5, 5, 5, reason="La spesa è coperta")
        self.assertTrue(atto.esecutiva)

    def test_by_the_button(self):
        atto = self._to_vote()
        action = atto.with_user(self.segretario).action_ask_vote()
        form = Form(self.env[action["res_model"]].with_user(self.segretario).with_context(**action["context"]))
        form.urgency, form.components, form.present, form.votes = URGENCY, 5, 5, 5
        form.save().action_confirm()
        self.assertTrue(atto.esecutiva)
        self.assertIn("5 voti favorevoli", str(self.env["ir.qweb"]._render(
            "pa_atti.document_atto", {**atto._document_context(), "passo": atto.passo_ids[-1]}, minimal_qcontext=True)))
