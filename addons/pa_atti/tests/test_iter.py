from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools.calendario import add_working_days, enforceable_from
from .common import AttiCommon


@tagged("post_install", "-at_install")
class TestIter(AttiCommon):
    def test_determina_reaches_enforceability(self):
        atto = self._draft("tipo_determina_impegno")
        atto.action_start()
        self.assertEqual((atto.state, atto.number_settore, atto.current_kind), ("running", 1, "firma"))
        documento = atto.sudo()._official_document()
        self.assertTrue(documento._bytes().startswith(b"%PDF"))
        self._sign(atto, self.responsabile)
        self.assertEqual(atto.current_kind, "visto")
        self.assertFalse(atto.number_generale)
        self._sign(atto, self.finanziario)
        self.assertTrue(atto.esecutiva)
        self.assertEqual((atto.number_generale, atto.current_kind), (1, "pubblicazione"))
        self._complete(atto, self.messo)
        self.assertEqual(atto.state, "done")
        self.assertEqual((atto.date_pubblicazione_to - atto.date_pubblicazione_from).days, 15)

    def _sign(self, atto, user):
        self._complete(atto, user)

    def test_wrong_person_is_refused(self):
        atto = self._draft()
        atto.action_start()
        step = atto.current_passo_ids
        with self.assertRaises(UserError):
            step.with_user(self.istruttore).action_complete()
        self.assertEqual(step.state, "active")

    def test_returned_act_keeps_its_number_and_its_history(self):
        atto = self._draft("tipo_determina_impegno")
        atto.action_start()
        self._complete(atto, self.responsabile)
        first = atto.sudo()._official_document()
        atto.with_user(self.finanziario)._my_step().action_return("Manca il CIG")
        self.assertEqual(atto.current_kind, "redazione")
        self.assertTrue(first.superseded)
        atto.with_user(self.istruttore).write({"oggetto": "Manutenzione, con CIG"})
        self._complete(atto, self.istruttore)
        self.assertEqual((atto.number_settore, atto.current_kind), (1, "firma"))
        self._complete(atto, self.responsabile)
        self._complete(atto, self.finanziario)
        self.assertTrue(atto.esecutiva)
        self.assertIn("returned", atto.passo_ids.mapped("outcome"))

    def test_rejected_act_keeps_reason(self):
        atto = self._draft()
        atto.action_start()
        step = atto.with_user(self.responsabile)._my_step()
        with self.assertRaises(UserError):
            step.action_reject(" ")
        step.action_reject("Non necessario")
        self.assertEqual(atto.state, "rejected")

    def test_delegate_signs_in_place_of_the_holder(self):
        incarico = self.responsabile.pa_incarico_ids
        self.env["pa.delega"].create({
            "incarico_id": incarico.id, "user_id": self.estraneo.id, "date_from": "2020-01-01",
            "date_to": "2099-12-31", "reason": "Ferie",
        })
        atto = self._draft()
        atto.action_start()
        step = atto.current_passo_ids
        self._complete(atto, self.estraneo)
        self.assertIn("Responsabile", step.done_as)

    def test_four_eyes(self):
        self.env["pa.incarico"].create({
            "user_id": self.responsabile.id, "ruolo_id": self.env.ref("pa_atti.ruolo_finanziario").id,
            "date_from": "2020-01-01",
        })
        atto = self._draft("tipo_determina_impegno")
        atto.action_start()
        self._complete(atto, self.responsabile)
        with self.assertRaises(UserError):
            self._complete(atto, self.responsabile)

    def test_conflict_passes_to_the_substitute(self):
        atto = self._draft()
        atto.action_start()
        page, step = atto.sudo()._official_document(), atto.current_passo_ids
        step.with_user(self.responsabile).action_declare_conflict("Interesse proprio")
        self.assertEqual((step.outcome, step.reason, step.done_by_id), ("conflict", "Interesse proprio", self.responsabile))
        # Nobody else heads the office: the role's fallback is the segretario; the page that named the other is out of force.
        self.assertEqual(atto.current_passo_ids.user_ids, self.segretario)
        self.assertTrue(page.superseded)
        with self.assertRaises(UserError):
            self._complete(atto, self.responsabile)
        self._complete(atto, self.segretario)
        self.assertEqual(atto.current_kind, "pubblicazione")

    def test_delegation_given_while_the_step_waits(self):
        atto = self._draft()
        atto.action_start()
        incarico = self.responsabile.pa_incarico_ids
        self.env["pa.delega"].with_user(self.responsabile).create({
            "incarico_id": incarico.id, "user_id": self.estraneo.id, "date_from": "2020-01-01", "date_to": "2099-12-31",
            "reason": "Ferie"})
        self.assertEqual(atto.current_passo_ids.user_ids, self.responsabile | self.estraneo)
        step = atto.current_passo_ids
        self._complete(atto, self.estraneo)
        self.assertEqual((step.incarico_id, step.delega_id.user_id), (incarico, self.estraneo))

    def test_signed_act_is_withdrawn_only_by_who_signs(self):
        atto = self._draft("tipo_determina_impegno")
        atto.action_start()
        self._complete(atto, self.responsabile)
        with self.assertRaises(UserError):
            atto.with_user(self.istruttore).action_abandon("Ci ho ripensato")
        atto.with_user(self.responsabile).action_abandon("Gara deserta")
        self.assertEqual((atto.state, atto.closing_reason, atto.closed_by_id), ("abandoned", "Gara deserta", self.responsabile))

    def test_parallel_opinions_then_vote(self):
        atto = self._draft("tipo_delibera_giunta")
        atto.action_start()
        self.assertEqual(len(atto.current_passo_ids), 2)
        self._complete(atto, self.responsabile, outcome="favorevole")
        self.assertEqual(atto.current_kind, "parere")
        with self.assertRaises(UserError):
            self._complete(atto, self.finanziario, outcome="contrario")
        self._complete(atto, self.finanziario, outcome="contrario", reason="Senza copertura")
        self.assertEqual(atto.current_kind, "attesa")
        with self.assertRaisesRegex(UserError, "49 c.4"):
            self._complete(atto, self.segretario)
        self.assertEqual(atto.with_user(self.segretario).action_complete_mine()["res_model"], "pa.motivo")
        self._complete(atto, self.segretario, reason="La spesa è coperta dalla variazione adottata oggi")
        self.assertEqual(atto.number_organo, 1)

    def _procedure(self, *steps):
        """A type of act with a procedure of its own."""
        procedure = self.env["pa.iter"].create({"name": "Prova", "passo_ids": [
            (0, 0, {"sequence": 10, "name": "Redazione", "kind": "redazione"}), *((0, 0, step) for step in steps)]})
        return self.env.ref("pa_atti.tipo_determina").copy({"code": f"PROVA-{procedure.id}", "iter_id": procedure.id})

    def _either_opinion(self, mode):
        ruoli = {name: self.env.ref(f"pa_atti.ruolo_{name}").id for name in ("responsabile", "finanziario", "sindaco", "segretario")}
        opinion = {"sequence": 20, "kind": "parere", "join_mode": mode, "quorum": 2}
        return self._procedure(
            *({**opinion, "name": f"Parere {name}", "ruolo_id": ruoli[name]} for name in ("responsabile", "finanziario", "sindaco")),
            {"sequence": 30, "name": "Firma", "kind": "firma", "ruolo_id": ruoli["segretario"]},
        )

    def test_any_one_opinion_is_asked_of_everybody_again(self):
        """A return repeats the choice: it does not fall on who happened to answer first."""
        sindaco = self._person("sindaco", "ruolo_sindaco")
        for mode, first, second in (("any", [self.responsabile], [sindaco]),
                                    ("quorum", [self.responsabile, sindaco], [self.finanziario, sindaco])):
            with self.subTest(mode):
                tipo = self._either_opinion(mode)
                atto = self._draft(tipo_id=tipo.id)
                atto.action_start()
                for user in first:
                    self._complete(atto, user)
                self.assertEqual(atto.current_kind, "firma")
                atto.with_user(self.segretario)._my_step().action_return("Da rivedere")
                self._complete(atto, self.istruttore)
                self.assertEqual(len(atto.current_passo_ids), 3)
                for user in second:
                    self.assertEqual(atto.current_kind, "parere")
                    self._complete(atto, user)
                self.assertEqual((atto.current_kind, len(atto.current_passo_ids)), ("firma", 1))

    def test_waiting_without_a_role_is_of_the_office(self):
        tipo = self._procedure(
            {"sequence": 20, "name": "Attesa del durc", "kind": "attesa"},
            {"sequence": 30, "name": "Firma", "kind": "firma", "ruolo_id": self.env.ref("pa_atti.ruolo_responsabile").id})
        atto = self._draft(tipo_id=tipo.id)
        atto.action_start()
        self.assertEqual(atto.current_passo_ids.user_ids, self.istruttore)
        with self.assertRaises(UserError):
            atto.current_passo_ids.with_user(self.estraneo).action_complete()
        self._complete(atto, self.istruttore)
        self.assertEqual(atto.current_kind, "firma")

    def test_a_vote_without_a_role_is_of_the_segretario(self):
        self.env.ref("pa_atti.iter_delibera_attesa").ruolo_id = False
        atto = self._draft("tipo_delibera_giunta")
        atto.action_start()
        self._complete(atto, self.responsabile)
        self._complete(atto, self.finanziario)
        self.assertEqual(atto.current_passo_ids.user_ids, self.segretario)
        with self.assertRaises(UserError):
            atto.current_passo_ids.with_user(self.istruttore).action_complete()
        self._complete(atto, self.segretario)
        self.assertEqual(atto.number_organo, 1)

    def test_immediate_resolution_takes_effect_when_adopted(self):
        """Art. 134 TUEL: at once when declared so (c.4), else after ten full days of publication (c.3)."""
        for immediate in (True, False):
            atto = self._draft("tipo_delibera_giunta")
            atto.action_start()
            self._complete(atto, self.responsabile)
            self._complete(atto, self.finanziario)
            self.assertFalse(atto.esecutiva)
            if immediate:
                atto.with_user(self.segretario)._my_step().action_vote("Scadenza del bando", 5, 4, 3)
            else:
                self._complete(atto, self.segretario)
            self.assertEqual((atto.esecutiva, atto.number_organo > 0), (immediate, True))

    def test_other_office_does_not_see_the_draft(self):
        atto = self._draft()
        with self.assertRaises(AccessError):
            atto.with_user(self.estraneo).read(["oggetto"])

    def test_terms(self):
        # 2 April 2026 is a Thursday; Good Friday works, Easter Monday does not.
        self.assertEqual(add_working_days(date(2026, 4, 2), 2), date(2026, 4, 7))
        self.assertEqual(enforceable_from(date(2026, 3, 6)), date(2026, 3, 17))
