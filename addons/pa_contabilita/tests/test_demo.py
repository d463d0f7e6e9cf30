from odoo.exceptions import UserError
from odoo.modules import Manifest
from odoo.tests import TransactionCase, tagged
from odoo.tools.convert import convert_file


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The demo municipality loads, balances, and its people can work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for addon in ("pa_atti", "pa_contabilita"):
            for name in Manifest.for_addon(addon)["demo"]:
                convert_file(cls.env, addon, name, {}, mode="init", noupdate=True)

    def test_three_years_approved_and_balanced(self):
        bilancio = self.env.ref("pa_contabilita.demo_bilancio")
        self.assertEqual((bilancio.state, bilancio.esercizio_ids.mapped("state")), ("approved", ["open"] * 3))
        for esercizio in bilancio.esercizio_ids:
            rows = self.env["pa.stanziamento"].search([("esercizio_id", "=", esercizio.id)])
            totals = {side: sum(r.mapped("assestato")) for side, r in rows.grouped("side").items()}
            self.assertEqual(totals["income"], totals["expense"])
        self.assertEqual(self.env["pa.quadratura"]._quadratura(), [])

    def test_people_see_their_chapters(self):
        tecnico = self.env.ref("pa_atti.demo_utente_tecnico")
        rows = self.env["pa.situazione"].with_user(tecnico).search([])
        self.assertEqual(rows.department_id, self.env.ref("pa_atti.demo_ufficio_tecnico"))
        ragioneria = self.env.ref("pa_atti.demo_utente_ragioneria")
        self.assertGreater(self.env["pa.situazione"].with_user(ragioneria).search_count([]), len(rows))

    def test_a_wrong_data_file_is_not_loaded_by_halves(self):
        other = self.env["res.company"].create({"name": "Comune senza PEG"})
        with self.assertRaisesRegex(UserError, "residui.csv:2: "):
            self.env["pa.importa"].with_company(other)._import_addon_file("residui", "pa_contabilita/demo/residui.csv")
