from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools import hardware, pades
from .common import PASSWORD, FirmaCommon


@tagged("post_install", "-at_install")
class TestDispositivo(FirmaCommon):
    def test_token_is_a_way_to_sign(self):
        """The real token (SoftHSM2) is in the pure tests; here, what is asked of it and what is kept."""
        asked = []

        def open_token(module, label, pin, certificate_sha256=""):
            asked.append((label, certificate_sha256))
            signer = pades.load_key_file(self._key_file_once, pin)
            signer.kind = "token"
            return signer

        self._key_file_once = self._key_file(self.responsabile)
        self.patch(hardware, "open_token", open_token)
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(self.responsabile)
        device = Dispositivo._enroll(self.responsabile, "Tessera", password=PASSWORD, token_label="tessera")
        self.assertEqual((device.kind, device.codice_fiscale), ("token", self.responsabile.pa_codice_fiscale))
        atto = self._at_signature()
        atto.with_user(self.responsabile)._my_step().action_sign(device.id, PASSWORD)
        self.assertEqual(atto.current_kind, "visto")
        self.assertEqual(asked, [("tessera", ""), ("tessera", device.certificate_sha256)])
        request = self.env["pa.firma.richiesta"].search([("atto_id", "=", atto.id)])
        self.assertEqual((request.kind, request.state), ("token", "used"))

    def test_key_file_of_somebody_else_is_not_enrolled(self):
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(self.responsabile)
        with self.assertRaises(UserError):
            Dispositivo._enroll(self.responsabile, "x", self._key_file(self.finanziario), PASSWORD)

    def test_without_a_library_there_is_no_token(self):
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(self.responsabile)
        with self.assertRaises(UserError):
            Dispositivo._enroll(self.responsabile, "x", password="1234", token_label="x")
