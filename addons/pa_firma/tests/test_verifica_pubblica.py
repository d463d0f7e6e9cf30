from odoo.tests import HttpCase, tagged

from .common import FirmaCommon


@tagged("post_install", "-at_install")
class TestVerificaPubblica(FirmaCommon, HttpCase):
    """The page behind the QR code of the visible mark."""

    def test_who_signed_and_nothing_of_the_act(self):
        atto = self._at_signature(oggetto="Oggetto da non dire")
        digest = atto.sudo()._official_document().sha256
        self.assertNotIn("Responsabile", self.url_open(f"/firma/{digest[:32]}").text)
        self._sign(atto, self.responsabile)
        page = self.url_open(f"/firma/{digest[:32]}")
        self.assertIn("Responsabile", page.text)
        self.assertNotIn("Oggetto da non dire", page.text)
        self.assertNotIn(self.responsabile.pa_codice_fiscale, page.text)

    def test_other_codes_tell_nothing(self):
        atto = self._at_signature()
        self._sign(atto, self.responsabile)
        digest = atto.sudo()._official_document().sha256
        for code in ("0" * 32, digest[:31], digest[:31] + "%25", "%25" * 8, "_" * 32, digest):
            page = self.url_open(f"/firma/{code}")
            self.assertNotIn("Responsabile", page.text)
