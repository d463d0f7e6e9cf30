from io import BytesIO

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path
from odoo.tools.translate import trans_export


@tagged("post_install", "-at_install")
class TestTraduzione(TransactionCase):
    module = "pa_contabilita"

    def test_italian_is_complete(self):
        buffer = BytesIO()
        trans_export(False, [self.module], buffer, "po", self.env)
        terms = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}
        translated = polib.pofile(file_path(f"{self.module}/i18n/it.po"))
        done = {entry.msgid for entry in translated if entry.msgstr and not entry.fuzzy}
        self.assertEqual(sorted(terms - done), [])
