from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AttiCommon


@tagged("post_install", "-at_install")
class TestRegistro(AttiCommon):
    def test_gapless_from_the_configured_first_number(self):
        registro = self.env["pa.registro"].create({
            "code": "X", "name": "X", "kind": "altro", "anno_ids": [(0, 0, {"year": 2026, "first_number": 141})],
        })
        numbers = [registro._take(date(2026, 3, 1)).number for _ in range(3)]
        self.assertEqual(numbers, [141, 142, 143])
        self.assertEqual(registro._take(date(2027, 1, 2)).number, 1)
        self.assertEqual(registro._verify(2026), [])

    def test_altered_entry_is_found(self):
        registro = self.env["pa.registro"].create({"code": "X", "name": "X", "kind": "altro"})
        voce = registro._take(date(2026, 3, 1), payload={"oggetto": "uno"})
        registro._take(date(2026, 3, 1))
        with self.assertRaises(UserError):
            voce.write({"payload": "{}"})
        with self.assertRaises(UserError):
            voce.unlink()
        self.env.cr.execute("UPDATE pa_registro_voce SET payload = '{}' WHERE id = %s", [voce.id])
        voce.invalidate_recordset()
        self.assertTrue(registro._verify(2026))
