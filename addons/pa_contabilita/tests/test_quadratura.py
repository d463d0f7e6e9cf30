from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestQuadratura(ContabilitaCommon):
    def test_finds_a_counter_that_lies(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        self.assertQuadra()
        self.env.cr.execute("UPDATE pa_stanziamento SET impegnato = 81 WHERE id = %s", [self.stanziamento.id])
        self.env.cr.execute("UPDATE pa_impegno SET liquidato = 5 WHERE id = %s", [impegno.id])
        problems = self.env["pa.quadratura"]._quadratura()
        self.assertEqual(len(problems), 2, problems)
        self.assertIn("81", problems[0])

    def test_finds_a_missing_constraint(self):
        self.env.cr.execute("ALTER TABLE pa_stanziamento DROP CONSTRAINT pa_stanziamento_room_check")
        self.assertIn("pa_stanziamento_room_check", self.env["pa.quadratura"]._quadratura()[0])

    def test_finds_a_missing_index_and_a_missing_guard(self):
        self.env.cr.execute("DROP INDEX pa_impegno_number_unique")
        self.env.cr.execute("ALTER TABLE pa_movimento DISABLE TRIGGER pa_movimento_append_only")
        problems = self.env["pa.quadratura"]._quadratura()
        self.assertEqual(len(problems), 2, problems)
        self.assertIn("pa_impegno_number_unique", problems[0])
        self.assertIn("append-only", problems[1])

    def test_button_and_cron(self):
        action = call_kw(self.env["pa.quadratura"].with_user(self.finanziario), "action_run", [[]], {})  # as the button does
        self.assertTrue(self.env["pa.quadratura"].browse(action["res_id"]).ok)
        self.env["pa.quadratura"]._cron_quadratura()
