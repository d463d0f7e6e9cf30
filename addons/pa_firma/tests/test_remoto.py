import base64
import os
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..tools.csc_service import TrainingService
from .common import PASSWORD, FirmaCommon, LogCatcher

PIN, WORD = "pin-246813579", "parola-del-conto-77"
AUTHORIZE, SIGN = "credentials/authorize", "signatures/signHash"


class RemoteCommon(FirmaCommon):
    """People whose keys are at a remote service on loopback."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = TrainingService(client=("comune", "segreto-del-comune"))
        cls.addClassCleanup(cls.service.close)
        cls.account = cls.service.add("resp", cls._key_file(cls.responsabile), PASSWORD)
        cls.account.pin, cls.account.password = PIN, WORD
        cls.fornitore = cls.env["pa.firma.fornitore"].create({"name": "Prova", "url": cls.service.url("v1")})

    def setUp(self):
        super().setUp()
        self.service.fault = lambda method, content: None
        self.account.wrong, self.account.multisign = 0, 10
        self.service.calls.clear()
        self.service.authorizations = 0

    def _remote(self, user=None, account="resp", **options):
        user = user or self.responsabile
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(user)
        return Dispositivo._enroll_remote(user, "Firma remota", self.fornitore, account, WORD, **options)

    def _code(self, device):
        device.send_code(WORD)
        return self.account.codes[-1]

    def _sign_all(self, device, atti, pin=PIN, otp=None):
        otp = self._code(device) if otp is None else otp
        steps = [atto.current_passo_ids.id for atto in atti]
        libro = self.env["pa.firma.libro"].with_user(self.responsabile)
        outcomes = libro.sign(steps, device.id, pin, otp, WORD)
        self.assertEqual([outcome["passo_id"] for outcome in outcomes], steps)
        return outcomes

    def _atti(self, count):
        return [self._at_signature(oggetto=f"Atto {n}") for n in range(count)]


@tagged("post_install", "-at_install")
class TestRemoto(RemoteCommon):
    def test_three_documents_with_one_pin_and_code(self):
        for version in ("v1", "v2"):
            self.fornitore.write({"version": version, "url": self.service.url(version)})
            self.service.authorizations = 0
            device = self._remote()
            self.assertEqual((device.code_kind, device.credential), ("online", "CRED-resp"))
            atti = self._atti(3)
            outcomes = self._sign_all(device, atti)
            self.assertEqual([o["state"] for o in outcomes], ["signed"] * 3, outcomes)
            self.assertEqual([atto.current_kind for atto in atti], ["visto"] * 3)
            self.assertEqual(self.service.authorizations, 1)
            firma = atti[2].sudo().firma_ids
            self.assertEqual((firma.level, firma.codice_fiscale), ("B-T", self.responsabile.pa_codice_fiscale))

    def test_screens_are_told_what_to_ask(self):
        device = self._remote()
        libro = self.env["pa.firma.libro"].with_user(self.responsabile).load_documents()
        [mine] = [row for row in libro["devices"] if row["id"] == device.id]
        self.assertEqual(mine["asks"], ["account_password", "password", "otp"])
        self.assertTrue(mine["sends_code"])
        self.fornitore.auth = "none"
        self.assertEqual(device._asks(), ["password", "otp"])
        self.assertEqual(self._device_of(self.responsabile)._described()["asks"], ["password"])

    def test_dialogs(self):
        Wizard = self.env["pa.firma.iscrizione"].with_user(self.responsabile)
        form = Form(Wizard)
        form.kind = "remote"
        form.account = "resp"
        wizard = form.save()
        self.assertEqual((wizard.fornitore_id, wizard.asks["asks"]), (self.fornitore, ["account_password"]))
        wizard.action_enroll(account_password=WORD)
        device = wizard.env["pa.firma.dispositivo"].search([("kind", "=", "remote")])
        atto = self._at_signature()
        wizard = self.env["pa.firma.wizard"].with_user(self.responsabile).create(
            {"passo_id": atto.current_passo_ids.id, "dispositivo_id": device.id}
        )
        wizard.action_sign(PIN, self._code(device), WORD)
        self.assertEqual(atto.current_kind, "visto")

    def test_attachment(self):
        """Anything that is signed with a key file is signed with the service: here an envelope."""
        self.service.add("istr", self._key_file(self.istruttore), PASSWORD, password=WORD, pin=PIN, otp="")
        device, atto = self._remote(self.istruttore, "istr"), self._draft()
        original = atto.add_attachment("prova.txt", base64.b64encode(b"Prova"))
        Documento = self.env["pa.atto.documento"].with_user(self.istruttore)
        signed = Documento.browse(Documento.browse(original).sign_file(device.id, PIN, account_password=WORD))
        self.assertEqual((signed.name, signed.sudo().firma_ids.format), ("prova.txt.p7m", "CAdES"))

    def test_wrong_pin_or_code_signs_nothing_and_can_be_tried_again(self):
        device, atti = self._remote(), self._atti(2)
        for pin, otp in (("1", None), (PIN, "000000"), ("", None), (PIN, "")):
            with self.assertRaises(UserError):
                self._sign_all(device, atti, pin, otp)
        self.assertEqual([atto.current_kind for atto in atti], ["firma"] * 2)
        self.assertEqual([o["state"] for o in self._sign_all(device, atti)], ["signed"] * 2)

    def test_more_documents_than_one_code_gives(self):
        self.account.multisign = 2
        device, atti = self._remote(), self._atti(3)
        outcomes = self._sign_all(device, atti)
        self.assertEqual([o["state"] for o in outcomes], ["signed", "signed", "waiting"])
        self.assertIn("2", outcomes[2]["message"])
        self.assertEqual(self._sign_all(device, atti[2:])[0]["state"], "signed")
        self.assertEqual(self.service.authorizations, 2)

    def test_cut_in_the_middle(self):
        """The service dies at the second call: what it signed is signed, the rest waits for another code."""
        self.fornitore.per_call = 2
        self.service.fault = lambda method, _c: (503, {}) if method == SIGN and self.service.calls.count(SIGN) == 2 else None
        device, atti = self._remote(), self._atti(4)
        outcomes = self._sign_all(device, atti)
        self.assertEqual([o["state"] for o in outcomes], ["signed", "signed", "waiting", "waiting"])
        self.assertTrue(outcomes[3]["message"])
        self.assertEqual([atto.current_kind for atto in atti], ["visto", "visto", "firma", "firma"])
        self.service.fault = lambda method, content: None
        self.assertEqual([o["state"] for o in self._sign_all(device, atti[2:])], ["signed"] * 2)

    def test_another_call_was_quicker(self):
        """It has the answer of the service for one of these documents: that one is finished there."""
        device, atti = self._remote(), self._atti(2)
        Richiesta, closed = type(self.env["pa.firma.richiesta"]), []
        keep, close = Richiesta._keep_answers, Richiesta._close

        def quicker(richiesta, answers):
            return keep(richiesta, dict(list(answers.items())[1:]))

        def noted(richiesta, request_id, *args, **options):
            closed.append(request_id)
            return close(richiesta, request_id, *args, **options)

        with patch.object(Richiesta, "_keep_answers", quicker), patch.object(Richiesta, "_close", noted):
            outcomes = self._sign_all(device, atti)
        self.assertEqual([o["state"] for o in outcomes], ["refused", "signed"])
        self.assertIn("already being signed", outcomes[0]["message"])
        self.assertEqual(([atto.current_kind for atto in atti], closed), (["firma", "visto"], []))

    def test_one_that_cannot_be_signed_does_not_stop_the_others(self):
        device, atti = self._remote(), self._atti(3)
        atti[1]._supersede_documents()
        outcomes = self._sign_all(device, atti)
        self.assertEqual([o["state"] for o in outcomes], ["signed", "refused", "signed"])
        self.assertEqual(self.service.authorizations, 1)

    def test_somebody_elses_account(self):
        self.service.add("fin", self._key_file(self.finanziario), PASSWORD, password=WORD)
        for account, options in (("fin", {}), ("fin", {"credential": "CRED-fin"}), ("resp", {"credential": "CRED-fin"})):
            with self.assertRaises(UserError):
                self._remote(account=account, **options)
        with self.assertRaises(AccessError):
            self.env["pa.firma.dispositivo"].with_user(self.finanziario).browse(self._remote().id).send_code(WORD)

    def test_no_code_to_send(self):
        with self.assertRaises(UserError):
            self._device_of(self.responsabile).with_user(self.responsabile).send_code()

    def test_certificate_changed_at_the_service(self):
        device = self._remote()
        before = self.account.key, self.account.certificates
        self.addCleanup(lambda: vars(self.account).update(key=before[0], certificates=before[1]))
        renewed = self.service.add("altro", self._key_file(self.responsabile), PASSWORD)
        self.account.key, self.account.certificates = renewed.key, renewed.certificates
        with self.assertRaises(UserError):
            self._sign_all(device, self._atti(1))
        self.assertFalse(self.service.authorizations)

    def test_the_bodys_own_client_and_its_secret(self):
        with self.assertRaises(ValidationError):
            self.fornitore.secret_name = "../x"
        self.fornitore.write({"auth": "client", "client_id": "comune", "secret_name": "PROVA"})
        with self.assertRaises(UserError):
            self._remote()
        with patch.dict(os.environ, {"PA_CSC_SECRET_PROVA": "segreto-del-comune"}):
            device, [atto] = self._remote(), self._atti(1)
            self.assertEqual(self._sign_all(device, [atto])[0]["state"], "signed")
        self.assertEqual(self._columns_with("segreto-del-comune"), [])

    def test_the_address_is_the_administrators(self):
        for user in (self.responsabile, self.istruttore, self._consulente()):
            with self.assertRaises(AccessError):
                self.fornitore.with_user(user).write({"url": "https://altrove.example/csc/v1"})
            with self.assertRaises(AccessError):
                self.env["pa.firma.fornitore"].with_user(user).create({"name": "x", "url": "https://altrove.example"})
        for url in ("http://altrove.example/csc/v1", "ftp://127.0.0.1", "https://a:b@altrove.example"):
            with self.assertRaises(ValidationError):
                self.fornitore.url = url
        with self.assertRaises(UserError):
            self._remote().with_user(self.responsabile).write({"fornitore_id": False})

    def _consulente(self):
        groups = [(4, self.env.ref("pa_atti.group_consulente").id)]
        return self.env["res.users"].create({"name": "Consulente", "login": "consulente_prova", "group_ids": groups})

    def test_what_is_typed_is_nowhere(self):
        """Database, logs and messages, after a signature, a wrong PIN and a service that repeats what it was told."""
        with LogCatcher() as log:
            device, [atto, other] = self._remote(), self._atti(2)
            self._code(device)
            otp = self.account.codes[-1] = "otp-1357924680"
            self.assertEqual(self._sign_all(device, [atto], PIN, otp)[0]["state"], "signed")
            self.service.fault = lambda method, content: (
                (400, {"error": "x", "error_description": f"PIN {content['PIN']} {content['OTP']}"}) if method == AUTHORIZE else None
            )
            with self.assertRaises(UserError) as refusal:
                self._sign_all(device, [other], PIN, otp)
        self.env.flush_all()
        seen = log.stream.getvalue().decode() + str(refusal.exception)
        self.assertIn("•••", str(refusal.exception))
        for secret in (PIN, otp, WORD):
            self.assertNotIn(secret, seen)
            self.assertEqual(self._columns_with(secret), [])
        self.assertTrue(self._columns_with("Firma remota"), "what is there is found")
