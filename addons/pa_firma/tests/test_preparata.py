import base64
from unittest.mock import patch

import weasyprint

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools import prepare, sandbox, two_phase
from .common import PASSWORD, FirmaCommon


@tagged("post_install", "-at_install")
class TestPreparata(FirmaCommon):
    """What comes from elsewhere is read in a process of its own before it is signed; the acts' own pages are not."""

    def _not_here(self):
        return patch.object(two_phase, "prepare_pdf", side_effect=AssertionError("read in the server's process"))

    def _attachment(self, data=None):
        data = data or weasyprint.HTML(string="<h1>Relazione</h1>").write_pdf()
        atto = self._draft()
        self.dispositivi |= self._device(self.istruttore)
        return atto.documento_ids.browse(atto.add_attachment("relazione.pdf", base64.b64encode(data)))

    def _sign_file(self, documento):
        mine = documento.with_user(self.istruttore)
        return documento.browse(mine.sign_file(self._device_of(self.istruttore).id, PASSWORD))

    def test_attachment(self):
        documento = self._attachment()
        with self._not_here():
            signed = self._sign_file(documento)
        self.assertEqual(signed.sudo().firma_ids.verdict, "valid")

    def test_attachment_that_asks_for_too_much(self):
        """It is refused in words, and the server goes on."""
        documento = self._attachment()
        slow = {"verdict": "undetermined", "reasons": [{"code": "limits", "detail": "x"}]}
        with patch.object(sandbox, "_verify", return_value=slow), self.assertRaises(UserError) as refusal:
            documento.with_context(lang="it_IT").with_user(self.istruttore).sign_file(self._device_of(self.istruttore).id, PASSWORD)
        self.assertIn("memoria", str(refusal.exception))
        self._sign_file(documento)

    def test_own_page_here_uploaded_one_not(self):
        atto = self._at_signature()
        with patch.object(prepare, "prepare_pdf", side_effect=AssertionError("no need")):
            self._sign(atto, self.responsabile)
        atto = self._at_signature()
        step = atto.with_user(self.responsabile)._my_step()
        step.action_sign_uploaded(base64.b64encode(self._signed_outside(atto, self.responsabile)))
        self.assertEqual(atto.current_kind, "visto")
        with self._not_here():
            self._sign(atto, self.finanziario)
        self.assertEqual(set(atto.sudo().firma_ids.mapped("verdict")), {"valid"})
