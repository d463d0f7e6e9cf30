import base64
from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from ..tools import pades, sign_cms, sign_file
from .common import PASSWORD, FirmaCommon

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
XML = b'<?xml version="1.0"?><fattura xmlns="urn:prova"><importo>100,00</importo></fattura>'
TEXT = "Capitolato: € 100,00".encode()


@tagged("post_install", "-at_install")
class TestFirmaAllegati(FirmaCommon, HttpCase):
    """Any file of an act that is not its page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.istruttore, cls.estraneo):
            user.pa_codice_fiscale = user.pa_codice_fiscale or "RSSMRA80A01H501U"
            cls.dispositivi |= cls._device(user)

    def _attach(self, atto, name, data, **kwargs):
        return atto.documento_ids.browse(atto.add_attachment(name, base64.b64encode(data), **kwargs))

    def _sign_file(self, documento, user, **kwargs):
        ids = documento.with_user(user).sign_file(self._device_of(user).id, PASSWORD, **kwargs)
        return documento.browse(ids)

    def _pdf(self):
        atto = self._at_signature()
        return atto.sudo()._official_document()._bytes()

    def test_each_kind_of_file(self):
        atto = self._draft()
        cases = [
            ("capitolato.pdf", self._pdf(), "capitolato-firmato.pdf", "PAdES", False),
            ("fattura.xml", XML, "fattura-firmato.xml", "XAdES", False),
            ("capitolato.txt", TEXT, "capitolato.txt.p7m", "CAdES", False),
            ("capitolato2.txt", TEXT, "capitolato2.txt.p7s", "CAdES", "cades_detached"),
            ("capitolato3.pdf", self._pdf(), "capitolato3.pdf.p7m", "CAdES", "cades"),
        ]
        for name, data, signed_name, format_, form in cases:
            original = self._attach(atto, name, data, visibility="riservato")
            signed = self._sign_file(original, self.istruttore, form=form)
            self.assertEqual((signed.name, signed.kind, signed.derived_from_id), (signed_name, "allegato", original))
            self.assertEqual((signed.visibility, original.superseded, original._bytes()), ("riservato", False, data))
            self.assertRecordValues(signed.sudo().firma_ids, [{
                "user_id": self.istruttore.id, "codice_fiscale": self.istruttore.pa_codice_fiscale, "format": format_,
                "level": "B-T", "verdict": "valid", "capacity": "Istruttore – Settore Tecnico",
            }])  # fmt: skip
        self.assertEqual(atto.sudo().firma_verdict, "valid")

    def test_in_the_browser(self):
        atto = self._draft()
        self._attach(atto, "computo.xml", XML)
        self._attach(atto, "relazione.txt", TEXT)
        self._attach(atto, "relazione.p7s", sign_cms.sign_cms(TEXT, pades.load_key_file(self._key_file(self.responsabile), PASSWORD), detached=True))
        self.start_tour(f"/odoo/action-pa_atti.action_scrivania/{atto.id}", "pa_firma_attachments", login="pa_istruttore")
        self.assertEqual(atto.sudo().firma_ids.format, "XAdES")

    def test_second_signer_goes_beside_the_first(self):
        atto = self._draft()
        for name, data, form in (("a.txt", TEXT, "cades"), ("b.txt", TEXT, "cades_detached"), ("c.xml", XML, False), ("d.pdf", self._pdf(), False)):
            original = self._attach(atto, name, data)
            first = self._sign_file(original, self.istruttore, form=form)
            second = self._sign_file(original, self.responsabile)
            self.assertEqual((second.derived_from_id, second.version, first.superseded), (original, 3, True))
            report = second._verify_any()
            self.assertEqual((report["verdict"], len(report["signatures"])), ("valid", 2), report["reasons"])
            if form:
                with self.assertRaises(UserError):  # twice the same person
                    self._sign_file(original, self.responsabile)

    def test_signed_elsewhere(self):
        atto = self._draft()
        original = self._attach(atto, "a.txt", TEXT).with_user(self.istruttore)
        mine = pades.load_key_file(self._key_file(self.istruttore), PASSWORD)
        other = pades.load_key_file(self._key_file(self.responsabile), PASSWORD)
        bad = {
            "another person": sign_cms.sign_cms(TEXT, other),
            "another file": sign_cms.sign_cms(TEXT + b".", mine),
            "not signed": TEXT,
            "two new signatures": sign_cms.add_signer(sign_cms.sign_cms(TEXT, mine), other),
            "a seal": sign_cms.sign_cms(TEXT, self._seal_signer()),
            "nothing": b"",
        }
        for what, data in bad.items():
            with self.subTest(what), self.assertRaises(UserError):
                original.upload_signed_file(base64.b64encode(data))
        self.assertFalse(atto.sudo().firma_ids)
        signed = original.browse(original.upload_signed_file(base64.b64encode(sign_cms.sign_cms(TEXT, mine))))
        self.assertEqual(signed.sudo().firma_ids.user_id, self.istruttore)

    def _seal_signer(self):
        data = self.pki.issue_seal("Comune di Prova", "VATIT-00743110157", PASSWORD, kind="ec")
        return pades.load_key_file(data, PASSWORD)

    def test_others_signatures_are_kept(self):
        """The contractor's offer, already signed, takes the signature of the office too."""
        contractor = pades.load_key_file(self.pki.issue("Ditta Verdi", "VRDLGI75C05F205Q", "x"), "x")
        atto = self._draft()
        original = self._attach(atto, "offerta.txt.p7m", sign_cms.sign_cms(TEXT, contractor))
        signed = self._sign_file(original, self.istruttore)
        self.assertEqual((signed.name, signed.sudo().firma_ids.signer), ("offerta.txt.p7m", self.istruttore.name))
        self.assertEqual([f["signer"] for f in signed._verify_any()["signatures"]], ["Ditta Verdi", self.istruttore.name])

    def test_own_card_through_the_agent(self):
        """The key answers elsewhere, in the form that was prepared; an answer by another key is refused."""
        card = pades.load_key_file(self._key_file(self.istruttore), PASSWORD)
        other = pades.load_key_file(self._key_file(self.istruttore), PASSWORD)
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(self.istruttore)
        device = Dispositivo.enroll_card("Tessera", base64.b64encode(card.signing_cert.dump()).decode())
        Libro = self.env["pa.firma.libro"].with_user(self.istruttore)
        original = self._attach(self._draft(), "a.txt", TEXT).with_user(self.istruttore)
        for signer, state in ((other, "refused"), (card, "signed")):
            facts = original.prepare_file_signature(device, "cades_detached")
            self.assertEqual((facts["state"], facts["document_sha256"]), ("prepared", original.sha256))
            [signature] = signer.sign_each([base64.b64decode(facts["to_sign"])])
            answer = {"richiesta_id": facts["richiesta_id"], "signature": base64.b64encode(signature).decode()}
            self.assertEqual([outcome["state"] for outcome in Libro.finish([answer])], [state])
        self.assertEqual(original._file_base().name, "a.txt.p7s")

    def test_who_may(self):
        atto = self._draft()
        original = self._attach(atto, "a.txt", TEXT, visibility="riservato")
        self.assertTrue(original.with_user(self.istruttore).can_sign_file)
        with self.assertRaises(AccessError):
            self._sign_file(original, self.estraneo)
        with self.assertRaises(AccessError):  # somebody else's device
            original.with_user(self.istruttore).sign_file(self._device_of(self.responsabile).id, PASSWORD)
        atto.action_start()
        self.assertFalse(original.with_user(self.istruttore).can_sign_file)
        with self.assertRaises(UserError):
            self._sign_file(original, self.istruttore)
        self.assertTrue(original.with_user(self.responsabile).can_sign_file)  # who is to sign the act
        signed = self._sign_file(original, self.responsabile)
        self.assertIn("Responsabile", signed.sudo().firma_ids.capacity)
        self._sign(atto, self.responsabile)
        with self.assertRaises(UserError):
            self._sign_file(original, self.responsabile)

    def test_the_page_of_the_act_is_not_signed_here(self):
        atto = self._at_signature()
        with self.assertRaises(UserError):
            self._sign_file(atto.sudo()._official_document(), self.responsabile)

    def test_retried_transaction_does_not_sign_twice(self):
        atto = self._draft()
        original = self._attach(atto, "a.txt", TEXT).with_user(self.istruttore)
        failing = patch.object(self.registry["pa.atto.documento"], "_file_store", side_effect=UserError("lost race"))
        with suppress(UserError), failing:
            self._sign_file(original, self.istruttore)
        served = self.tsa.requests
        self._sign_file(original, self.istruttore)
        self.assertEqual((self.tsa.requests, len(atto.sudo().firma_ids)), (served, 1))

    def test_other_form_after_a_failure(self):
        atto = self._draft()
        original = self._attach(atto, "a.txt", TEXT).with_user(self.istruttore)
        failing = patch.object(self.registry["pa.atto.documento"], "_file_store", side_effect=UserError("lost race"))
        with suppress(UserError), failing:
            self._sign_file(original, self.istruttore, form="cades")
        self.assertEqual(self._sign_file(original, self.istruttore, form="cades_detached").name, "a.txt.p7s")

    def test_signed_file_stays_and_is_as_visible_as_its_original(self):
        atto = self._draft()
        original = self._attach(atto, "a.txt", TEXT)
        signed = self._sign_file(original, self.istruttore)
        self.assertFalse(signed.removable or original.removable)
        for documento in (signed, original):
            with self.assertRaises(UserError):
                documento.with_user(self.istruttore).action_remove()
        with self.assertRaises(UserError):
            signed.with_user(self.istruttore).write({"visibility": "riservato"})
        original.with_user(self.istruttore).write({"visibility": "riservato"})
        self.assertEqual(signed.visibility, "riservato")

    def test_dialog(self):
        atto = self._draft()
        original = self._attach(atto, "a.xml", XML).with_user(self.istruttore)
        action = original.action_sign_file()
        Wizard = self.env["pa.firma.file"].with_user(self.istruttore).with_context(**action["context"])
        with Form(Wizard) as form:
            self.assertEqual((form.kind, form.sha256), ("xades", original.sha256))
        form.save().action_sign(PASSWORD)
        self.assertEqual(atto.sudo().firma_ids.format, "XAdES")
        again = Form(Wizard)
        self.assertEqual((again.base_id.name, again.signers), ("a-firmato.xml", self.istruttore.name))
        self.assertEqual(sign_file.natural_form(XML), "xades")
