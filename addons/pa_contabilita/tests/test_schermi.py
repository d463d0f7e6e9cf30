import base64
import io

from openpyxl import load_workbook

from odoo.tests import HttpCase, tagged

from ..models.situazione import COLUMNS
from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestSchermi(ContabilitaCommon, HttpCase):
    """What people open: my chapters, the situation and its export, the reconciliation."""

    def _exported(self, records):
        action = records.action_export_xlsx()
        attachment = self.env["ir.attachment"].browse(int(action["url"].split("/")[3].partition("?")[0]))
        sheet = load_workbook(io.BytesIO(base64.b64decode(attachment.datas))).active
        return [[cell.value for cell in row] for row in sheet.iter_rows()]

    def test_tour(self):
        self.start_tour(
            "/odoo/action-pa_contabilita.action_miei_capitoli", "pa_contabilita_miei_capitoli", login="pa_responsabile", timeout=180
        )
        atto = self.env["pa.atto"].search([("oggetto", "=", "Asfaltatura")])
        self.assertEqual((atto.riga_ids.capitolo_id, atto.amount_total), (self.capitolo, 30.0))

    def test_xlsx(self):
        self._esecutiva(self._riga("12.34"))
        self.capitolo.name = "=1+1"  # a name is never a formula
        rows = self._exported(self.env["pa.situazione"].with_user(self.responsabile).browse(self.stanziamento.id))
        header, values = rows
        found = dict(zip(COLUMNS, values))
        self.assertEqual(len(header), len(COLUMNS))
        self.assertEqual((found["code"], found["name"]), ("1000", "=1+1"))
        self.assertEqual((found["assestato"], found["impegnato"], found["disponibile"]), (100, 12.34, 87.66))

    def test_xlsx_of_what_one_sees(self):
        everything = self.env["pa.situazione"].with_user(self.responsabile)
        codes = {row[0] for row in self._exported(everything)[1:]}
        self.assertIn("1000", codes)
        self.assertNotIn("2000", codes)
        listed = everything.with_context(active_domain=[("code", "=", "3000")])
        self.assertEqual([row[0] for row in self._exported(listed)[1:]], ["3000"])

    def test_others_do_not_download_it(self):
        action = self.env["pa.situazione"].with_user(self.responsabile).action_export_xlsx()
        self.authenticate("pa_estraneo", "pa_estraneo")
        self.assertEqual(self.url_open(action["url"]).status_code, 404)
        self.authenticate("pa_responsabile", "pa_responsabile")
        self.assertTrue(self.url_open(action["url"]).content.startswith(b"PK"))

    def test_residui_are_no_room(self):
        self.env["pa.impegno"]._load_opening(self.capitolo, self.year - 1, 7, "50.00")
        row = self.env["pa.situazione"].search([("capitolo_id", "=", self.capitolo.id), ("year", "=", self.year - 1)])
        self.assertEqual((row.impegnato, row.disponibile, row.can_commit), (50.0, 0.0, False))
        self.assertEqual(row.stanziamento_id.disponibile, 0.0)

    def test_sums_by_programme_and_office(self):
        self._esecutiva(self._riga("12.34"))
        domain = [("year", "=", self.year), ("department_id", "=", self.tecnico.id)]
        groups = self.env["pa.situazione"]._read_group(domain, ["programma_id"], ["assestato:sum", "impegnato:sum", "disponibile:sum"])
        found = {programma.code: tuple(round(v, 2) for v in values) for programma, *values in groups}
        self.assertEqual(found, {"01.06": (100.0, 12.34, 87.66), "01.05": (1000.0, 0.0, 1000.0), "99.01": (0.0, 0.0, 0.0)})
        mine = self.env["pa.situazione"].with_user(self.responsabile)._read_group([], ["department_id"], ["__count"])
        self.assertEqual([office for office, _count in mine], [self.tecnico])
