from odoo.tests import HttpCase, tagged

from .common import FirmaCommon


@tagged("post_install", "-at_install")
class TestTour(FirmaCommon, HttpCase):
    def test_dialog(self):
        atto = self._at_signature("tipo_determina")
        self.start_tour(f"/odoo/action-pa_atti.action_scrivania/{atto.id}", "pa_firma_dialog", login="pa_responsabile")
        self.assertEqual(atto.sudo().firma_ids.user_id, self.responsabile)
        self.assertTrue(atto.esecutiva)

    def test_libro_firma(self):
        atti = [self._at_signature("tipo_determina", oggetto=f"Atto {n}") for n in range(3)]
        other = self.env.ref("pa_atti.tipo_determina").copy({"name": "Altro tipo", "code": "ALTRO"})
        left_out = self._at_signature("tipo_determina", tipo_id=other.id)
        self.start_tour("/odoo/libro-firma", "pa_firma_libro", login="pa_responsabile")
        self.assertEqual([atto.esecutiva for atto in atti], [True, False, True])
        self.assertFalse(left_out.esecutiva)
