from odoo.tests import HttpCase, tagged

from .test_remoto import RemoteCommon

CODE = "otp-1357924680"


@tagged("post_install", "-at_install")
class TestTourRemoto(RemoteCommon, HttpCase):
    def test_way_to_sign_is_added(self):
        self.start_tour("/odoo/action-pa_firma.action_dispositivo", "pa_firma_remoto", login="pa_responsabile")
        device = self.env["pa.firma.dispositivo"].search([("kind", "=", "remote")])
        self.assertEqual((device.user_id, device.credential), (self.responsabile, "CRED-resp"))

    def test_three_documents_with_one_code(self):
        """A wrong code first; then all three with the right one, from the keyboard; nothing typed stays in the browser."""
        device = self._remote()
        device.name = "Firma a distanza"
        atti = self._atti(3)

        def known_code(method, _content):
            if method == "credentials/authorize":  # what the service sends is not known to the tour
                self.account.codes[:] = [CODE]

        self.service.fault = known_code
        self.start_tour("/odoo/libro-firma", "pa_firma_remoto_libro", login="pa_responsabile", timeout=120)
        self.assertEqual([atto.esecutiva for atto in atti], [False] * 3)
        self.assertEqual([atto.current_kind for atto in atti], ["visto"] * 3)
        self.assertEqual(self.service.authorizations, 1)
        self.assertEqual(self.service.calls.count("credentials/sendOTP"), 1)
