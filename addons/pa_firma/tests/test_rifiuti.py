import base64
import datetime as dt

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools import pades
from .common import PASSWORD, FirmaCommon


@tagged("post_install", "-at_install")
class TestRifiuti(FirmaCommon):
    """Everything that must not count as the signature of this person on this document."""

    def _upload(self, atto, user, data):
        atto.with_user(user)._my_step().action_sign_uploaded(base64.b64encode(data))

    def _refused(self, atto, data, user=None):
        step = atto.current_passo_ids
        with self.assertRaises(UserError) as refusal:
            self._upload(atto, user or self.responsabile, data)
        self.assertEqual(step.state, "active")
        self.assertFalse(atto.sudo().firma_ids)
        return str(refusal.exception)

    def test_wrong_person(self):
        atto = self._at_signature()
        data = self._signed_outside(atto, self.responsabile)
        given = atto.sudo()._official_document()._bytes()
        other = pades.load_key_file(self._key_file(self.finanziario), PASSWORD)
        self.assertIn(self.responsabile.pa_codice_fiscale, self._refused(atto, pades.sign_pdf(given, other)))
        step = atto.current_passo_ids.with_user(self.finanziario)
        with self.assertRaises(AccessError):
            step.action_sign_uploaded(base64.b64encode(data))

    def test_two_new_signatures(self):
        atto = self._at_signature()
        other = pades.load_key_file(self._key_file(self.finanziario), PASSWORD)
        self._refused(atto, pades.sign_pdf(self._signed_outside(atto, self.responsabile), other))

    def test_changed_document(self):
        atto = self._at_signature()
        data = self._signed_outside(atto, self.responsabile)
        given = atto.sudo()._official_document()._bytes()
        self._refused(atto, data[: len(given) // 2] + b"X" + data[len(given) // 2 + 1 :])
        self._refused(atto, data + b"\n% added\n%%EOF\n")

    def test_swapped_document(self):
        atto, other = self._at_signature(), self._at_signature(oggetto="Un altro atto")
        self._refused(atto, self._signed_outside(other, self.responsabile))

    def test_not_a_signed_pdf(self):
        atto = self._at_signature()
        given = atto.sudo()._official_document()._bytes()
        for data in (b"", b"PK\x03\x04 not a pdf", b"%PDF-1.7\n", given, given[:-300], b"%PDF-1.7" + bytes(100_000)):
            self._refused(atto, data)
        with self.assertRaises(UserError):
            atto.with_user(self.responsabile)._my_step().action_sign_uploaded("è non base64")

    def test_expired_certificate(self):
        atto = self._at_signature()
        start = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=400)
        with self.assertRaises(UserError):
            self.env["pa.firma.dispositivo"].with_user(self.responsabile)._enroll(
                self.responsabile, "x", self._key_file(self.responsabile, start=start, days=10), PASSWORD
            )
        signer = pades.load_key_file(self._key_file(self.responsabile, start=start, days=10), PASSWORD)
        self.patch(pades, "check_certificate", lambda *_args: None)
        self._refused(atto, pades.sign_pdf(atto.sudo()._official_document()._bytes(), signer))

    def test_certificate_not_meant_for_signing(self):
        atto = self._at_signature()
        signer = pades.load_key_file(self._key_file(self.responsabile, non_repudiation=False), PASSWORD)
        self.patch(pades, "check_certificate", lambda *_args: None)
        self._refused(atto, pades.sign_pdf(atto.sudo()._official_document()._bytes(), signer))

    def test_unknown_authority(self):
        self.env["pa.firma.ancora"].search([]).unlink()
        atto = self._at_signature()
        self._refused(atto, self._signed_outside(atto, self.responsabile))

    def test_wrong_password(self):
        atto = self._at_signature()
        for password in ("", False, "x" * 5000):
            with self.assertRaises(UserError):
                self._sign(atto, self.responsabile, password=password)
        self.assertEqual(atto.current_kind, "firma")

    def test_dead_timestamp_authority(self):
        self.env["ir.config_parameter"].set_param("pa_firma.tsa_url", "http://127.0.0.1:9/")
        atto = self._at_signature()
        with self.assertRaises(UserError):
            self._sign(atto, self.responsabile)
        self.assertEqual(atto.current_kind, "firma")

    def test_replay_on_a_second_round(self):
        atto = self._at_signature()
        data = self._signed_outside(atto, self.responsabile)
        self._upload(atto, self.responsabile, data)
        atto.with_user(self.finanziario)._my_step().action_return("Da rivedere")
        self._complete(atto, self.istruttore)
        with self.assertRaises(UserError):
            self._upload(atto, self.responsabile, data)
        self.assertEqual(atto.current_kind, "firma")

    def test_superseded_document(self):
        atto = self._at_signature()
        step = atto.with_user(self.responsabile)._my_step()
        atto._supersede_documents()
        with self.assertRaises(UserError):
            step.action_sign(self._device_of(self.responsabile).id, PASSWORD)

    def test_completing_without_signature(self):
        atto = self._at_signature()
        with self.assertRaises(UserError):
            atto.with_user(self.responsabile)._my_step().action_complete()
        self.assertEqual(atto.current_kind, "firma")

    def test_person_without_codice_fiscale(self):
        atto = self._at_signature()
        self.responsabile.pa_codice_fiscale = False
        with self.assertRaises(UserError):
            self._sign(atto, self.responsabile)
