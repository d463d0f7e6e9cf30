import base64
import subprocess
from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from odoo.addons.pa_atti.tools.giorno import on_day, today
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..tools import pades
from ..tools.pki import demo_codice_fiscale
from .common import PASSWORD, FirmaCommon

PROVISIONAL = "20123456780"  # 2+1+3+5+7 = 18; twice 0 2 4 6 8: 0 4 8 3 7 = 22; 40, so 0


@tagged("post_install", "-at_install")
class TestIdentita(FirmaCommon):
    """The certificate's codice fiscale is that of who acts: the holder, the delegate or the substitute of that day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.estraneo.pa_codice_fiscale = demo_codice_fiscale("Estraneo", "Prova")
        for user in (cls.estraneo, cls.segretario):
            cls.dispositivi |= cls._device(user)
        cls.incarico = cls.responsabile.pa_incarico_ids

    def _delegate(self, days=0):
        return self.env["pa.delega"].create({
            "incarico_id": self.incarico.id, "user_id": self.estraneo.id, "date_from": today(),
            "date_to": today() + timedelta(days=days), "reason": "Ferie",
        })  # fmt: skip

    def _text(self, documento):
        done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=documento.sudo()._bytes(), capture_output=True)
        return " ".join(done.stdout.decode().split())

    def test_delegate_of_the_day(self):
        self._delegate()
        atto, other = self._at_signature(), self._at_signature()
        page = atto.sudo()._official_document()
        for name in (self.responsabile.name, self.estraneo.name):
            self.assertIn(name, self._text(page))
        self._sign(atto, self.estraneo)
        firma = atto.sudo().firma_ids
        self.assertEqual((firma.user_id, firma.codice_fiscale), (self.estraneo, self.estraneo.pa_codice_fiscale))
        self.assertEqual(firma.passo_id.delega_id.user_id, self.estraneo)
        self.assertIn("Responsabile di servizio – Settore Tecnico", firma.capacity)
        self.assertIn(self.responsabile.name, firma.capacity)
        mark = self._text(firma.documento_id)
        said = mark.split("Digitally signed by Estraneo")[1]
        self.assertTrue("Responsabile di servizio – Settore Tecnico, in" in said and "place of Responsabile" in said, said)
        with on_day(today() + timedelta(days=1)):
            self.env["pa.atto.passo"]._refresh_all(self.company)
            with self.assertRaises(AccessError):
                other.with_user(self.estraneo).current_passo_ids.action_sign(self._device_of(self.estraneo).id, PASSWORD)
            self.assertEqual(other.current_passo_ids.sudo().user_ids, self.responsabile)
            self._sign(other, self.responsabile)
        self.assertNotIn(self.estraneo.name, other.sudo().firma_ids.capacity)

    def test_delegates_certificate_is_not_the_holders(self):
        """Each with the own certificate: neither uploads the other's signature."""
        self._delegate()
        atto = self._at_signature()
        given = atto.sudo()._official_document()._bytes()
        for who, whose in ((self.responsabile, self.estraneo), (self.estraneo, self.responsabile)):
            data = pades.sign_pdf(given, pades.load_key_file(self._key_file(whose), PASSWORD))
            with self.assertRaises(UserError) as refusal:
                atto.with_user(who)._my_step().action_sign_uploaded(base64.b64encode(data))
            self.assertIn(whose.pa_codice_fiscale, str(refusal.exception))
        self.assertFalse(atto.sudo().firma_ids)

    def test_appointed_substitute_of_the_day(self):
        """An appointment to the same office for these days; then it ends and only the holder signs."""
        self.env["pa.incarico"].create({
            "user_id": self.estraneo.id, "ruolo_id": self.incarico.ruolo_id.id, "department_id": self.tecnico.id,
            "date_from": today(), "date_to": today(),
        })  # fmt: skip
        atto, other = self._at_signature(), self._at_signature()
        self._sign(atto, self.estraneo)
        self.assertEqual(atto.sudo().firma_ids.capacity, "Responsabile di servizio – Settore Tecnico")
        with on_day(today() + timedelta(days=1)):
            self.env["pa.atto.passo"]._refresh_all(self.company)
            with self.assertRaises(AccessError):
                other.with_user(self.estraneo).current_passo_ids.action_sign(self._device_of(self.estraneo).id, PASSWORD)

    def test_who_acts_in_the_absence_of_the_role(self):
        """In conflict of interest the step passes to the role that substitutes it, with that person's certificate."""
        atto = self._at_signature()
        atto.with_user(self.responsabile)._my_step().action_declare_conflict("Parente")
        with self.assertRaises(UserError):
            atto.with_user(self.responsabile).current_passo_ids.action_sign(self._device_of(self.responsabile).id, PASSWORD)
        self._sign(atto, self.segretario)
        firma = atto.sudo().firma_ids
        self.assertEqual((firma.user_id, firma.codice_fiscale), (self.segretario, self.segretario.pa_codice_fiscale))
        self.assertIn("Segretario", firma.capacity)

    def _device_written(self, user, serial):
        names = ((NameOID.COUNTRY_NAME, "IT"), (NameOID.COMMON_NAME, user.name), (NameOID.SERIAL_NUMBER, serial))
        subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in names])
        data = self.pki.issue(user.name, "", PASSWORD, kind="ec", subject=subject)
        return self.env["pa.firma.dispositivo"].with_user(user)._enroll(user, "x", data, PASSWORD)

    def test_older_ways_to_write_the_code(self):
        code = self.responsabile.pa_codice_fiscale
        for written in (f"IT:{code}", f"CF:{code}", code, f"CF:IT-{code}", f"TINIT-{code}"):
            device = self._device_written(self.responsabile, written)
            self.assertEqual(device.codice_fiscale, code, written)
            atto = self._at_signature()
            atto.with_user(self.responsabile)._my_step().action_sign(device.id, PASSWORD)
            self.assertEqual(atto.sudo().firma_ids.codice_fiscale, code)
        for written in ("CF:RSSMRA80A01H501U", code[:-1], f"XX:{code}"):
            with self.assertRaises(UserError):
                self._device_written(self.responsabile, written)

    def test_provisional_code_of_eleven_digits(self):
        self.responsabile.pa_codice_fiscale = PROVISIONAL
        device = self._device_written(self.responsabile, f"TINIT-{PROVISIONAL}")
        atto = self._at_signature()
        atto.with_user(self.responsabile)._my_step().action_sign(device.id, PASSWORD)
        self.assertEqual(atto.sudo().firma_ids.codice_fiscale, PROVISIONAL)
        with self.assertRaises(UserError):
            self._device_written(self.responsabile, PROVISIONAL)  # bare: it may be the number of a card

    def test_codes_typed_wrong_are_refused(self):
        for code in ("RSSMRA80A01H501X", "RSSMRA80A01H501", "20123456781", "x", "00000000000"):
            with self.assertRaises(ValidationError):
                self.responsabile.pa_codice_fiscale = code
        self.responsabile.pa_codice_fiscale = " rssmra80a01h501u "
        self.assertEqual(self.responsabile.pa_codice_fiscale, "RSSMRA80A01H501U")

    def test_two_people_one_after_the_other_on_one_page(self):
        """Where the procedure asks for two signatures: the second finds the first, and both stay valid, each with its person."""
        step = self.env.ref("pa_atti.tipo_determina").iter_id.passo_ids.filtered(lambda p: p.kind == "firma")
        step.copy({"ruolo_id": self.env.ref("pa_atti.ruolo_segretario").id, "sequence": step.sequence + 1})
        atto = self._at_signature("tipo_determina")
        self._sign(atto, self.responsabile)
        first = pades.load_key_file(self._key_file(self.responsabile), PASSWORD)
        again = pades.sign_pdf(atto.current_passo_ids._firma_base().sudo()._bytes(), first)
        with self.assertRaises(UserError):  # the first person does not sign twice in the second's place
            atto.with_user(self.segretario)._my_step().action_sign_uploaded(base64.b64encode(again))
        self._sign(atto, self.segretario)
        report = atto.sudo().firma_ids[-1].documento_id._verify_any()
        self.assertEqual(
            [(f["codice_fiscale"], f["verdict"], f["later_changes"]) for f in report["signatures"]],
            [(self.responsabile.pa_codice_fiscale, "valid", "signatures"), (self.segretario.pa_codice_fiscale, "valid", "none")],
        )
        self.assertEqual(report["verdict"], "valid")
