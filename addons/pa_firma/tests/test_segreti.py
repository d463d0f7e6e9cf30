import base64
from unittest.mock import patch

from odoo.addons.pa_atti.tests.common_rpc import RpcCommon
from odoo.addons.pa_atti.tools.seal import sealed_create
from odoo.tests import tagged

from ..tools import csc, hardware, pades, sign_xades, two_phase, two_phase_file
from .common import PASSWORD, LogCatcher
from .test_remoto import PIN, WORD, RemoteCommon

OTP = "otp-9081726354"
SEAL = "sigillo-Parola-5512"


class Broken(RuntimeError):
    """Nobody expects it: it gets as far as the page and the log with its traceback."""


@tagged("post_install", "-at_install")
class TestSegreti(RemoteCommon, RpcCommon):
    """Every layer breaks while a password, a PIN or a code is in its hands: neither answer, log nor database shows it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.pa_codice_fiscale = "00743110157"
        cls.responsabile.group_ids += cls.env.ref("pa_atti.group_consulente")
        seal = cls.pki.issue_seal("Comune di Prova", "VATIT-00743110157", SEAL, kind="ec")
        cls.sigillo = cls.env["pa.firma.sigillo"]._enroll(cls.company, "Sigillo", cls.responsabile, SEAL, seal)
        cls.seal_file = base64.b64encode(seal).decode()

    def setUp(self):
        super().setUp()
        self.documento = self._concluded_document()
        self.atto = self._at_signature()
        self.step = self.atto.current_passo_ids
        self.remote = self._remote()
        [token] = sealed_create(
            self.env["pa.firma.dispositivo"], [{"name": "Tessera", "kind": "token", "user_id": self.responsabile.id, "token_label": "x"}]
        )
        self.token = token

    def _concluded_document(self):
        atto = self._at_signature("tipo_determina")
        self._sign(atto, self.responsabile)
        return atto.sudo().documento_ids.filtered(lambda d: d.kind == "firmato")

    def _calls(self):
        """(layer that breaks, model, method, arguments) of every way in which something secret comes in."""
        key_file, libro, typed = self._device_of(self.responsabile), "pa.firma.libro", {"password": PASSWORD}
        remote = {"password": PIN, "otp": OTP, "account_password": WORD}
        wizard = self.env["pa.firma.wizard"].with_user(self.responsabile).create({"passo_id": self.step.id, "dispositivo_id": key_file.id})
        far = self.env["pa.firma.wizard"].with_user(self.responsabile).create({"passo_id": self.step.id, "dispositivo_id": self.remote.id})
        added = self.env["pa.firma.iscrizione"].with_user(self.responsabile).create(
            {"key_file": base64.b64encode(self._key_file(self.responsabile))}
        )
        account = self.env["pa.firma.iscrizione"].with_user(self.responsabile).create({"kind": "remote", "account": "resp"})
        seal = self.env["pa.firma.sigillo.nuovo"].with_user(self.responsabile).create({"key_file": self.seal_file})
        line = (0, 0, {"atto_id": self.documento.atto_id.id, "documento_id": self.documento.id, "chosen": True})
        apply = self.env["pa.firma.apponi"].with_user(self.responsabile).create({"company_id": self.company.id, "riga_ids": [line]})
        told = self.env["pa.firma.verdetto"].with_user(self.responsabile).create({"documento_id": self.documento.id})
        requests = type(self.env["pa.firma.richiesta"])
        for layer in ((pades, "load_key_file"), (pades.KeyFileSigner, "sign_each"), (two_phase, "prepare_pdf"), (two_phase, "finish_pdf"),
                      (requests, "_begin"), (requests, "_keep_answers"), (requests, "_end_signed")):  # fmt: skip
            yield layer, "pa.firma.wizard", "action_sign", [wizard.ids], typed
            yield layer, "pa.atto.passo", "action_sign", [self.step.ids, key_file.id, PASSWORD], {}
            yield layer, libro, "sign", [self.step.ids, key_file.id], typed
        for layer in ((csc, "open_remote"), (csc.Client, "enter"), (csc.Client, "authorize"), (csc.Client, "sign_hashes"),
                      (csc.RemoteSigner, "sign_each"), (requests, "_keep_answers"), (requests, "_end_signed")):  # fmt: skip
            yield layer, "pa.firma.wizard", "action_sign", [far.ids], remote
            yield layer, libro, "sign", [self.step.ids, self.remote.id], remote
        yield (csc.Client, "send_code"), "pa.firma.dispositivo", "send_code", [self.remote.ids], {"account_password": WORD}
        yield (csc, "find_credential"), "pa.firma.iscrizione", "action_enroll", [account.ids], {"account_password": WORD}
        yield (hardware, "open_token"), libro, "sign", [self.step.ids, self.token.id], {"password": PIN}
        yield (pades, "load_key_file"), "pa.firma.iscrizione", "action_enroll", [added.ids], typed
        yield (pades, "load_key_file"), "pa.firma.sigillo.nuovo", "action_enroll", [seal.ids], {"password": SEAL}
        for layer in ((pades, "load_key_file"), (two_phase_file, "prepare_file"), (two_phase_file, "finish_file")):
            yield layer, "pa.firma.apponi", "action_seal", [apply.ids], {"password": SEAL}
        for layer in ((pades, "load_key_file"), (sign_xades, "sign_xml")):
            yield layer, "pa.firma.verdetto", "action_seal_report", [told.ids], {"password": SEAL}

    def _answer(self, model, method, args, kwargs):
        self.env.flush_all()
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer = self.url_open(f"/web/dataset/call_kw/{model}/{method}", json={"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})
        self.env.invalidate_all()
        return answer.text

    def _outside(self):
        """The same over the API for other programs, with the key file that comes in."""
        blob = base64.b64encode(self._key_file(self.responsabile)).decode()
        self._rpc("pa.firma.iscrizione", "web_save", [], {"key_file": blob}, {"name": {}})
        with patch.object(pades, "load_key_file", side_effect=Broken("broken")):
            answer = self._json2(
                self.responsabile, "pa.firma.libro", "sign", passo_ids=self.step.ids,
                dispositivo_id=self._device_of(self.responsabile).id, password=PASSWORD,
            )  # fmt: skip
        self.assertEqual(answer.status_code, 500)
        self.blob = blob
        return [answer.text]

    def test_what_breaks_shows_no_secret(self):
        self._as(self.responsabile)
        secrets = (PASSWORD, PIN, OTP, WORD, SEAL)

        def authorized(method, _content):
            self.account.codes[:] = [OTP]

        self.service.fault = authorized
        said, broken = [], 0
        with LogCatcher() as log:
            for (owner, name), model, method, args, kwargs in self._calls():
                with self.subTest(f"{model}.{method} breaks in {name}"), patch.object(owner, name, side_effect=Broken("broken")):
                    text = self._answer(model, method, args, kwargs)
                    self.assertIn("Broken", text)
                    said.append(text)
                    broken += 1
                with self.subTest(f"{model}.{method} of wrong kinds"):
                    for value in () if not kwargs else ({name: [text] for name, text in kwargs.items()}, {name: {"a": text} for name, text in kwargs.items()}):
                        said.append(self._answer(model, method, args, value))
            said += self._outside()
        seen = "".join(said) + log.stream.getvalue().decode()
        self.assertGreater(broken, 40)
        self.assertIn("Traceback", seen)
        self.assertIn("pa.firma.libro().sign(…)", seen, "that it was called is in the log")
        self.assertEqual([secret for secret in (*secrets, self.blob) if secret in seen], [])
        self.env.flush_all()
        self.assertEqual([self._columns_with(secret) for secret in secrets], [[]] * len(secrets))


