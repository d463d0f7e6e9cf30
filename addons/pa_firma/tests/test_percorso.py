import base64
import hashlib

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import PASSWORD, FirmaCommon, LogCatcher


@tagged("post_install", "-at_install")
class TestPercorso(FirmaCommon):
    def test_determina_is_signed_with_key_files(self):
        atto = self._at_signature()
        given = atto.sudo()._official_document()
        self._sign(atto, self.responsabile)
        signed = atto.sudo().documento_ids.filtered(lambda d: d.kind == "firmato")
        self.assertTrue(signed._bytes().startswith(given._bytes()), "the very bytes are signed")
        self.assertEqual((signed.derived_from_id, signed.version), (given, 2))
        self.assertEqual(atto.current_kind, "visto")
        self._sign(atto, self.finanziario, outcome="favorevole")
        self.assertTrue(atto.esecutiva)
        first, second = atto.sudo().firma_ids
        self.assertRecordValues(
            first + second,
            [
                {"user_id": user.id, "codice_fiscale": user.pa_codice_fiscale, "level": "B-T", "verdict": "valid"}
                for user in (self.responsabile, self.finanziario)
            ],
        )
        self.assertTrue(first.timestamp_time and first.capacity and first.certificate_sha256)
        self.assertEqual(atto.firma_verdict, "valid")
        self.assertEqual(atto.passo_ids.filtered("firma_ids").mapped("kind"), ["firma", "visto"])

    def test_determina_is_signed_elsewhere_and_uploaded(self):
        atto = self._at_signature()
        data = self._signed_outside(atto, self.responsabile)
        atto.with_user(self.responsabile)._my_step().action_sign_uploaded(base64.b64encode(data))
        signed = atto.sudo().documento_ids.filtered(lambda d: d.kind == "firmato")
        self.assertEqual(signed.sha256, hashlib.sha256(data).hexdigest())
        self.assertEqual(atto.current_kind, "visto")

    def test_visto_with_remarks_keeps_them(self):
        atto = self._at_signature()
        self._sign(atto, self.responsabile)
        with self.assertRaises(UserError):
            self._sign(atto, self.finanziario, outcome="favorevole_osservazioni")
        self._sign(atto, self.finanziario, outcome="favorevole_osservazioni", reason="Verificare il CUP")
        visto = atto.passo_ids.filtered(lambda p: p.kind == "visto")
        self.assertEqual((visto.outcome, visto.reason), ("favorevole_osservazioni", "Verificare il CUP"))

    def test_dialog(self):
        atto = self._at_signature()
        action = atto.with_user(self.responsabile).action_complete_mine()
        self.assertEqual(action["res_model"], "pa.firma.wizard")
        Wizard = self.env["pa.firma.wizard"].with_user(self.responsabile).with_context(**action["context"])
        wizard = Form(Wizard).save()
        self.assertEqual(wizard.sha256, atto.sudo()._official_document().sha256)
        self.assertIn(f"/web/content/{wizard.attachment_id}", wizard.action_download()["url"])
        wizard.action_sign(PASSWORD)
        self.assertEqual(atto.current_kind, "visto")

    def test_two_signers_one_after_the_other(self):
        """Each signs what the one before left, and both signatures stay valid."""
        tipo = self.env.ref("pa_atti.tipo_determina")
        step = tipo.iter_id.passo_ids.filtered(lambda p: p.kind == "firma")
        step.copy({"ruolo_id": self.env.ref("pa_atti.ruolo_segretario").id, "sequence": step.sequence + 1})
        self.dispositivi |= self._device(self.segretario)
        atto = self._at_signature("tipo_determina")
        given = atto.sudo()._official_document()
        self._sign(atto, self.responsabile)
        self.assertEqual(atto.current_passo_ids._firma_base().kind, "firmato")
        self._sign(atto, self.segretario)
        last = atto.sudo().documento_ids.filtered(lambda d: d.kind == "firmato").sorted("version")[-1]
        report = last._verify(original=given._bytes())
        self.assertEqual((report["verdict"], len(report["signatures"])), ("valid", 2))
        self.assertEqual(atto.sudo().firma_ids.user_id, self.responsabile + self.segretario)
        self.assertEqual(last.version, 3)

    def test_returned_act_is_signed_again(self):
        atto = self._at_signature()
        self._sign(atto, self.responsabile)
        atto.with_user(self.finanziario)._my_step().action_return("Manca il CIG")
        atto.with_user(self.istruttore).write({"oggetto": "Con CIG"})
        self._complete(atto, self.istruttore)
        self.assertFalse(atto.with_user(self.responsabile)._my_step()._firma_ready())
        self._sign(atto, self.responsabile)
        signed = atto.sudo().documento_ids.filtered(lambda d: d.kind == "firmato")
        self.assertEqual(sorted(signed.mapped("superseded")), [False, True])
        self.assertEqual(len(atto.sudo().firma_ids), 2, "the first signature stays on record")

    def test_verification_of_the_stored_document(self):
        atto = self._at_signature()
        self._sign(atto, self.responsabile)
        signed = atto.sudo().documento_ids.filtered(lambda d: d.kind == "firmato")
        action = signed.with_user(self.istruttore).action_verify()
        verdict = self.env["pa.firma.verdetto"].browse(action["res_id"])
        self.assertEqual(verdict.verdict, "valid")
        self.assertIn(self.responsabile.pa_codice_fiscale, verdict.body)

    def test_without_authority_the_level_is_b_b(self):
        self.env["ir.config_parameter"].set_param("pa_firma.tsa_url", "")
        atto = self._at_signature()
        self._sign(atto, self.responsabile)
        self.assertEqual(atto.sudo().firma_ids.level, "B-B")

    def test_password_is_nowhere(self):
        with LogCatcher() as log:
            atto = self._at_signature()
            with self.assertRaises(UserError):
                self._sign(atto, self.responsabile, password=PASSWORD + "x")
            self._sign(atto, self.responsabile)
        self.assertGreater(len(log.stream.getvalue()), 1000)
        self.assertNotIn(PASSWORD.encode(), log.stream.getvalue())
        self.env.flush_all()
        self.assertEqual(self._columns_with(PASSWORD), [])
