import base64
import importlib.util
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from odoo.tests import HttpCase, tagged

from .common import PASSWORD, FirmaCommon, LogCatcher

SOFTHSM = Path(__file__).resolve().parents[3] / "agent" / "tests" / "softhsm.py"


def _softhsm():
    """What fills tokens of SoftHSM2, which the tests of the local agent share."""
    spec = importlib.util.spec_from_file_location("pa_softhsm", SOFTHSM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestTourModi(FirmaCommon, HttpCase):
    """The ways to sign that the other tours do not walk: a token attached to the server, and one's own program."""

    def setUp(self):
        super().setUp()
        self.dispositivi.filtered(lambda d: d.user_id == self.responsabile).active = False

    def _devices(self):
        return self.env["pa.firma.dispositivo"].search([("user_id", "=", self.responsabile.id)])

    def _enroll(self, tour):
        self.start_tour("/odoo/action-pa_firma.action_dispositivo", tour, login="pa_responsabile")
        self.env.invalidate_all()
        return self._devices()

    def _token(self):
        """A real token (SoftHSM2) with the key of the head of service; its PIN."""
        self.startPatcher(patch.dict(os.environ))
        softhsm = _softhsm()
        token = softhsm.initialize(self.enterContext(tempfile.TemporaryDirectory()), "tessera")
        blob = self.pki.issue(self.responsabile.name, self.responsabile.pa_codice_fiscale, PASSWORD, kind="rsa")
        key, cert, chain = pkcs12.load_key_and_certificates(blob, PASSWORD.encode())
        with token.open(rw=True, user_pin=softhsm.PIN) as session:
            softhsm.store(session, b"\1", key, _der(cert), cert.subject.public_bytes())
            for number, item in enumerate(chain, 100):
                softhsm.store_certificate(session, bytes([number]), _der(item), item.subject.public_bytes())
        os.environ["PA_PKCS11_MODULE"] = softhsm.MODULE
        return softhsm.PIN

    def test_token_attached_to_the_server(self):
        """A wrong PIN, then the right one; two documents with one PIN, which is nowhere afterwards."""
        pin = self._token()
        with LogCatcher() as log:
            device = self._enroll("pa_firma_token_enroll")
            self.assertEqual((device.kind, device.codice_fiscale), ("token", self.responsabile.pa_codice_fiscale))
            atti = [self._at_signature("tipo_determina", oggetto=f"Atto {n}") for n in range(2)]
            self.start_tour("/odoo/libro-firma", "pa_firma_token_libro", login="pa_responsabile")
        self.assertEqual([atto.esecutiva for atto in atti], [True, True])
        self.assertEqual(self.env["pa.firma"].search([("user_id", "=", self.responsabile.id)]).mapped("verdict"), ["valid"] * 2)
        self.assertFalse(pin.encode() in log.stream.getvalue())  # a shorter message than assertNotIn
        self.env.flush_all()
        self.assertFalse(self._columns_with(pin))

    def test_signed_with_ones_own_program(self):
        self.assertEqual(self._enroll("pa_firma_elsewhere").kind, "elsewhere")
        atto = self._at_signature("tipo_determina")
        other = self._at_signature("tipo_determina", oggetto="Altro atto")
        for name, of in (("firmato", atto), ("altro", other)):
            self._at_address(f"/pa_firma/prova/{name}.pdf", self._signed_outside(of, self.responsabile))
        self.start_tour(f"/odoo/action-pa_atti.action_scrivania/{atto.id}", "pa_firma_uploaded", login="pa_responsabile")
        self.assertEqual((atto.esecutiva, other.esecutiva), (True, False))
        self.assertEqual(atto.sudo().firma_ids.user_id, self.responsabile)

    def _at_address(self, address, data):
        self.env["ir.attachment"].create({
            "name": address.rsplit("/", 1)[-1], "url": address, "type": "binary", "public": True, "datas": base64.b64encode(data),
        })  # fmt: skip


def _der(cert):
    return cert.public_bytes(serialization.Encoding.DER)
