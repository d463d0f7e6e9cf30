import importlib.util

from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_path

from .common_durata import DurataCommon


@tagged("post_install", "-at_install")
class TestDurataMigrazione(DurataCommon):
    """An upgrade stops, and an uninstallation is refused, rather than lose what keeps signatures."""

    def _migrate(self):
        path = file_path("pa_firma/migrations/0.0.0/end-verify.py")
        spec = importlib.util.spec_from_file_location("end_verify", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.env.flush_all()
        module.migrate(self.env.cr, "19.0.1.0.0")

    def test_whole(self):
        _atto, durata = self._signed_act()
        self._run()
        self.assertEqual(len(durata.file_ids), 2)
        self._migrate()

    def test_latest_file_lost(self):
        _atto, durata = self._signed_act()
        self._run()
        sealed_write(durata.documento_id, {"attachment_id": False})
        with self.assertRaisesRegex(ValidationError, "latest file"):
            self._migrate()

    def test_file_of_another_document(self):
        (_a, first), (_b, second) = self._signed_act(oggetto="1"), self._signed_act(oggetto="2")
        sealed_write(first, {"documento_id": second.documento_id.id})
        with self.assertRaisesRegex(ValidationError, "another document"):
            self._migrate()

    def test_lines_of_a_verification_lost(self):
        _atto, durata = self._signed_act()
        record = self.env["pa.firma.riverifica"].create({"year": durata.firma_ids.signed_year})
        record.action_start()
        self.env["pa.firma.riverifica"]._cron_verify()
        self.env.invalidate_all()
        self._migrate()
        self.env.cr.execute("DELETE FROM pa_firma_riverifica_riga WHERE riverifica_id = %s", [record.id])
        with self.assertRaisesRegex(ValidationError, "without some of their documents"):
            self._migrate()

    def test_uninstalling_is_refused(self):
        self._signed_act()
        module = self.env["ir.module.module"].search([("name", "=", "pa_firma")])
        with self.assertRaises(UserError):
            module.button_uninstall()
        self.assertLessEqual({"pa.firma.durata", "pa.firma.riverifica"}, set(module._pa_legal_records()["pa_firma"]))
