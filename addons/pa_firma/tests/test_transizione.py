from odoo.addons.pa_atti.tools.giorno import today
from odoo.tests import tagged

from .common import FirmaCommon


@tagged("post_install", "-at_install")
class TestTransizione(FirmaCommon):
    """From paper to digital: by type, by settore, from a day; what is under way is not touched."""

    def test_paper_needs_no_signature(self):
        self.env["pa.atto.tipo"].search([]).firma_mode = "paper"
        atto = self._at_signature()
        self._complete(atto, self.responsabile)
        self.assertEqual(atto.current_kind, "visto")

    def test_mixed_takes_both(self):
        self.env["pa.atto.tipo"].search([]).firma_mode = "mixed"
        atto = self._at_signature()
        self._complete(atto, self.responsabile)
        self._sign(atto, self.finanziario)
        self.assertEqual(atto.sudo().firma_ids.user_id, self.finanziario)

    def test_what_is_under_way_keeps_its_mode(self):
        self.env["pa.atto.tipo"].search([]).firma_mode = "paper"
        atto = self._at_signature()
        self.env["pa.atto.tipo"].search([]).firma_mode = "digital"
        self._complete(atto, self.responsabile)
        self.assertEqual(atto.current_passo_ids.firma_mode, "digital")

    def test_settore_from_a_day(self):
        tipo = self.env.ref("pa_atti.tipo_determina")
        tipo.firma_mode = "paper"
        day = today()
        self.env["pa.firma.avvio"].create([
            {"tipo_id": tipo.id, "date_from": day.replace(year=day.year + 1)},
            {"tipo_id": tipo.id, "date_from": "2026-01-01", "mode": "mixed"},
            {"tipo_id": tipo.id, "date_from": "2025-01-01", "department_id": self.tecnico.id},
        ])
        self.assertEqual(tipo._firma_mode_for(self.tecnico, day), "digital")
        self.assertEqual(tipo._firma_mode_for(self.affari, day), "mixed")
        self.assertEqual(tipo._firma_mode_for(self.affari, day.replace(year=2024)), "paper")
