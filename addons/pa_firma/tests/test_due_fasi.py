import base64
import datetime as dt
import hashlib
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import Card, FirmaCommon


@tagged("post_install", "-at_install")
class TestDueFasi(FirmaCommon):
    """The key is on the person's desk: the server prepares, waits, verifies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = Card(cls.pki, cls.responsabile)
        cls.mine = cls._enrolled(cls.responsabile, cls.card)

    @classmethod
    def _enrolled(cls, user, card):
        Dispositivo = cls.env["pa.firma.dispositivo"].with_user(user)
        return Dispositivo.browse(Dispositivo.enroll_card("La mia tessera", card.certificate, card.chain))

    def _libro(self, user=None):
        return self.env["pa.firma.libro"].with_user(user or self.responsabile)

    def _prepare(self, atto, **options):
        """What the first phase gives for the step that waits, for who has it."""
        [facts] = self._libro(options.get("user")).prepare(
            atto.current_passo_ids.ids, options.get("device", self.mine).id
        )
        return facts

    def _finish(self, facts, signature=None, user=None, **more):
        signature = self.card.sign(facts["to_sign"]) if signature is None else signature
        [outcome] = self._libro(user).finish(
            [{"richiesta_id": facts["richiesta_id"], "signature": signature, **more}]
        )
        return outcome

    def _refused(self, facts, *args, **kwargs):
        outcome = self._finish(facts, *args, **kwargs)
        self.assertEqual(outcome["state"], "refused")
        return outcome["message"]

    def test_prepared_waits_and_is_finished(self):
        atti = [self._at_signature(oggetto=f"Atto {n}") for n in range(3)]
        steps = [atto.current_passo_ids.id for atto in atti]
        prepared = self._libro().prepare(steps, self.mine.id)
        for facts, atto in zip(prepared, atti, strict=True):
            given = atto.sudo()._official_document()
            self.assertEqual((facts["state"], facts["document_sha256"]), ("prepared", given.sha256))
            self.assertEqual(facts["digest"], hashlib.sha256(base64.b64decode(facts["to_sign"])).hexdigest())
            self.assertIn(atto.oggetto, facts["name"])
        answers = [
            {"richiesta_id": facts["richiesta_id"], "signature": self.card.sign(facts["to_sign"])} for facts in prepared
        ]
        answers[1]["signature"] = answers[0]["signature"]
        outcomes = self._libro().finish(answers)
        self.assertEqual([o["state"] for o in outcomes], ["signed", "refused", "signed"])
        self.assertEqual([o["passo_id"] for o in outcomes], steps)
        self.assertEqual([atto.current_kind for atto in atti], ["visto", "firma", "visto"])
        firma = atti[0].sudo().firma_ids
        self.assertEqual((firma.level, firma.codice_fiscale), ("B-T", self.responsabile.pa_codice_fiscale))
        request = self.env["pa.firma.richiesta"].browse(prepared[0]["richiesta_id"])
        self.assertEqual((request.state, request.kind), ("used", "agent"))
        self.assertFalse(request.sudo().prepared_data or request.sudo().raw_signature or request.sudo().signed_data)

    def test_killed_in_the_middle(self):
        """The server dies while it makes the second of three files: the PIN is not typed again."""
        atti = [self._at_signature(oggetto=f"Atto {n}") for n in range(3)]
        steps = [atto.current_passo_ids.id for atto in atti]
        prepared = self._libro().prepare(steps, self.mine.id)
        answers = [{"richiesta_id": f["richiesta_id"], "signature": self.card.sign(f["to_sign"])} for f in prepared]
        finish = type(self.env["pa.firma.libro"])._finish_step

        def dies(libro, env, answer, *args):
            if answer["richiesta_id"] == prepared[1]["richiesta_id"]:
                raise SystemExit
            return finish(libro, env, answer, *args)

        with patch.object(type(self.env["pa.firma.libro"]), "_finish_step", dies):
            try:
                self._libro().finish(answers)
            except SystemExit:
                self.env.invalidate_all()
        self.assertEqual([atto.current_kind for atto in atti], ["visto", "firma", "firma"])
        under_way = self._libro().prepare(steps[1:], self.mine.id)
        self.assertEqual([facts["state"] for facts in under_way], ["refused"] * 2, "somebody may still be making them")
        self.env.flush_all()
        self.env.cr.execute("UPDATE pa_firma_richiesta SET date = date - INTERVAL '4 minutes' WHERE state = 'pending'")
        self.env.invalidate_all()
        left = self._libro().prepare(steps[1:], self.mine.id)
        self.assertEqual([facts["state"] for facts in left], ["signed"] * 2)
        outcomes = self._libro().finish([{"richiesta_id": facts["richiesta_id"], "signature": ""} for facts in left])
        self.assertEqual([outcome["state"] for outcome in outcomes], ["signed"] * 2, outcomes)
        self.assertEqual({atto.current_kind for atto in atti}, {"visto"})

    def test_one_answer_twice_in_a_call(self):
        facts = self._prepare(self._at_signature())
        answer = {"richiesta_id": facts["richiesta_id"], "signature": self.card.sign(facts["to_sign"])}
        outcomes = self._libro().finish([dict(answer), dict(answer), {**answer, "kept": True}])
        self.assertEqual([outcome["state"] for outcome in outcomes], ["signed", "refused", "refused"])

    def test_what_is_refused_after_it_was_kept_waits_for_nobody(self):
        """The step cannot be signed at that moment: the answer is there, and is used as soon as it can."""
        atto = self._at_signature()
        facts = self._prepare(atto)
        refusal = UserError("Not now.")
        with patch.object(type(self.env["pa.atto.passo"]), "_firma_check_now", side_effect=refusal):
            self.assertEqual(self._refused(facts), "Not now.")
        again = self._prepare(atto)
        self.assertEqual(again["state"], "signed")
        self.assertEqual(self._finish(again, "")["state"], "signed")

    def test_an_answer_is_good_once(self):
        atto = self._at_signature()
        facts = self._prepare(atto)
        self.assertEqual(self._finish(facts)["state"], "signed")
        self.assertIn("already used", self._refused(facts))
        self.assertEqual(len(atto.sudo().firma_ids), 1)

    def test_answer_for_another_document(self):
        first, second = self._at_signature(), self._at_signature()
        facts = self._prepare(first)
        self.assertIn("does not come from the key", self._refused(self._prepare(second), self.card.sign(facts["to_sign"])))
        self.assertEqual(second.current_kind, "firma")

    def test_answer_of_another_person(self):
        facts = self._prepare(self._at_signature())
        self.assertIn("no such request", self._refused(facts, user=self.finanziario))
        self.assertEqual(self._libro(self.finanziario).finish([{"richiesta_id": facts["richiesta_id"]}])[0]["passo_id"], False)

    def test_answer_by_another_card(self):
        other = Card(self.pki, self.responsabile)
        atto = self._at_signature()
        facts = self._prepare(atto)
        self.assertIn("does not come from the key", self._refused(facts, other.sign(facts["to_sign"])))
        self.assertFalse(atto.sudo().firma_ids)

    def test_late_answer(self):
        facts = self._prepare(self._at_signature())
        with freeze_time(fields.Datetime.now() + dt.timedelta(minutes=16)):
            self.assertIn("Too much time", self._refused(facts))

    def test_answer_after_the_act_came_back(self):
        """The act was returned and comes again to the same person: the new document wants a new answer."""
        atto = self._at_signature()
        facts = self._prepare(atto)
        atto.with_user(self.responsabile)._my_step().action_return("Da rivedere")
        atto.with_user(self.istruttore).write({"oggetto": "Un altro testo"})
        self.assertTrue(self._refused(facts))
        self._complete(atto, self.istruttore)
        self.assertTrue(self._refused(facts))
        self.assertEqual((atto.current_kind, len(atto.sudo().firma_ids)), ("firma", 0))

    def test_answer_after_the_document_went_out_of_force(self):
        atto = self._at_signature()
        facts = self._prepare(atto)
        atto._supersede_documents()
        self.assertTrue(self._refused(facts))

    def test_answer_after_a_newer_preparation(self):
        atto = self._at_signature()
        old, new = self._prepare(atto), self._prepare(atto)
        self.assertEqual(old["richiesta_id"], new["richiesta_id"])
        self.assertIn("does not come from the key", self._refused(new, self.card.sign(old["to_sign"])))

    def test_answer_after_the_card_was_put_away(self):
        facts = self._prepare(self._at_signature())
        self.mine.active = False
        self.assertIn("put away", self._refused(facts))
        with self.assertRaises(UserError):
            self._libro().prepare([facts["passo_id"]], self.mine.id)

    def test_garbage_is_refused(self):
        facts = self._prepare(self._at_signature())
        for signature in ("", "è", "AAAA", "x" * 100_000, 7, ["x"]):
            self.assertTrue(self._refused(facts, signature))
        for request_id in (0, -1, 2**40, "1", None, [1], True, {"a": 1}):
            self.assertEqual(self._libro().finish([{"richiesta_id": request_id}])[0]["state"], "refused")
        for answers in ("x", [1], None, {}, [{"richiesta_id": 1, "reason": ["x"]}], [{"richiesta_id": 1, "outcome": {"a": 1}}]):
            with self.assertRaises(UserError):
                self._libro().finish(answers)

    def test_refused_ones_say_why(self):
        atto, other = self._at_signature(), self._at_signature()
        atto._supersede_documents()
        facts = self._libro().prepare([atto.current_passo_ids.id, other.current_passo_ids.id], self.mine.id)
        self.assertEqual([f["state"] for f in facts], ["refused", "prepared"])
        self.assertTrue(facts[0]["message"])
        self.assertFalse(facts[0]["to_sign"] or facts[0]["richiesta_id"])
        self.assertEqual(self._prepare(self._at_signature(), user=self.responsabile)["state"], "prepared")
        with self.assertRaises(AccessError):
            self._libro(self.finanziario).prepare(other.current_passo_ids.ids, self.mine.id)
        theirs = self._enrolled(self.finanziario, Card(self.pki, self.finanziario))
        [facts] = self._libro(self.finanziario).prepare(other.current_passo_ids.ids, theirs.id)
        self.assertEqual(facts["state"], "refused")

    def test_visa_with_remarks(self):
        card = Card(self.pki, self.finanziario)
        device = self._enrolled(self.finanziario, card)
        atto = self._at_signature()
        self._finish(self._prepare(atto))
        facts = self._prepare(atto, user=self.finanziario, device=device)
        signature = card.sign(facts["to_sign"])
        outcome = self._finish(
            facts, signature, self.finanziario, outcome="favorevole_osservazioni", reason="Verificare il CUP"
        )
        self.assertEqual(outcome["state"], "signed", outcome["message"])
        visto = atto.passo_ids.filtered(lambda p: p.kind == "visto")
        self.assertEqual((visto.outcome, visto.reason), ("favorevole_osservazioni", "Verificare il CUP"))

    def test_card_of_somebody_else_expired_or_not_for_signing_is_not_enrolled(self):
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(self.responsabile)
        past = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=50)
        cards = (
            Card(self.pki, self.finanziario),
            Card(self.pki, self.responsabile, start=past, days=9),
            Card(self.pki, self.responsabile, non_repudiation=False),
        )
        for card in cards:
            with self.assertRaises(UserError):
                Dispositivo.enroll_card("x", card.certificate)
        for text in ("", "AAAA", "è", None, "A" * 200_000, 3):
            with self.assertRaises(UserError):
                Dispositivo.enroll_card("x", text)
        reader = new_test_user(self.env, "solo_lettura", groups="base.group_user,pa_atti.group_consultazione")
        with self.assertRaises(AccessError):
            self.env["pa.firma.dispositivo"].with_user(reader).enroll_card("x", self.card.certificate)

    def test_nobody_reads_or_writes_what_was_prepared(self):
        facts = self._prepare(self._at_signature())
        request = self.env["pa.firma.richiesta"].with_user(self.responsabile).browse(facts["richiesta_id"])
        for name in ("prepared_data", "raw_signature", "signed_data"):
            with self.assertRaises(AccessError):
                request.read([name])
        with self.assertRaises(UserError):
            request.write({"state": "signed"})
        with self.assertRaises(UserError):
            self.mine.write({"certificate_pem": "x"})

    def test_the_card_does_not_sign_on_the_server(self):
        atto = self._at_signature()
        with self.assertRaises(UserError):
            atto.with_user(self.responsabile)._my_step().action_sign(self.mine.id, "x")
        with self.assertRaises(UserError):
            self._libro().prepare(atto.current_passo_ids.ids, self._device_of(self.responsabile).id)
