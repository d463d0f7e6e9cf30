import io
import subprocess

import pikepdf

from odoo import fields
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import riverifica_lavoro
from ..tools import parallel
from .common_durata import DurataCommon


@tagged("post_install", "-at_install")
class TestRiverifica(DurataCommon):
    """A year verified again: each difference has a cause made by the test, hence a known answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.pa_firma_level = "B-T"
        cls.segreteria = cls._person("segreteria", "ruolo_istruttore", cls.affari)
        cls.segreteria.group_ids += cls.env.ref("pa_atti.group_segreteria")
        cls.company.pa_firma_keeper_id = cls.segretario
        cls.segretario.group_ids += cls.env.ref("pa_atti.group_segreteria")
        cls.year = fields.Date.today().year

    def _verification(self, run=True):
        record = self.env["pa.firma.riverifica"].with_user(self.segreteria).create({"year": self.year})
        record.action_start()
        if run:
            self._go_on()
        return record

    def _go_on(self):
        self.env["pa.firma.riverifica"]._cron_verify()
        self.env.invalidate_all()

    def _line(self, record, durata):
        return record.riga_ids.filtered(lambda r: r.documento_id == durata.documento_id)

    def _spoil(self, documento, data):
        """The bytes behind the document change in the archive, as a broken disk or a hand would do."""
        store = documento.sudo().attachment_id
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_attachment SET db_datas = %s, store_fname = NULL WHERE id = %s", [data, store.id])
        self.env.invalidate_all()

    def test_everything_as_it_was(self):
        durate = [self._signed_act(oggetto=f"Atto {n}")[1] for n in range(3)]
        record = self._verification()
        self.assertEqual((record.state, record.total, record.done_count, record.attention_count), ("done", 3, 3, 0))
        for durata in durate:
            line = self._line(record, durata)
            self.assertEqual((line.old_verdict, line.new_verdict, line.outcome, line.reasons), ("valid", "valid", "same", False))
            self.assertEqual((line.sha256, line.sha256), (durata.documento_id.sha256, line.sha256_found))
            self.assertTrue(0 < line.seconds < 30)
        self.assertEqual(record.activity_ids.user_id, self.segreteria + self.segretario)
        self.assertIn("0", record.activity_ids[0].summary)

    def test_each_cause_is_told(self):
        good, altered, missing, swapped = (self._signed_act(oggetto=f"Atto {n}")[1] for n in range(4))
        data = altered.documento_id._bytes()
        self._spoil(altered.documento_id, data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
        self._spoil(missing.documento_id, None)
        self._spoil(swapped.documento_id, good.documento_id._bytes())
        record = self._verification()
        facts = {durata: self._line(record, durata) for durata in (good, altered, missing, swapped)}
        self.assertEqual([facts[d].outcome for d in (good, altered, missing, swapped)], ["same", "altered", "missing", "altered"])
        self.assertEqual([facts[d].new_verdict for d in (altered, missing, swapped)], ["not_valid"] * 3)
        for durata in (altered, missing, swapped):
            self.assertTrue(facts[durata].reasons)
        self.assertNotEqual(facts[altered].sha256, facts[altered].sha256_found)
        self.assertFalse(facts[missing].sha256_found)
        self.assertEqual((record.attention_count, record.altered_count, record.valid_count), (3, 3, 1))
        self.assertEqual(good.firma_ids.verdict, "valid", "what was recorded stays")
        self.assertEqual(altered.firma_ids.verdict, "valid")
        pages = self._pages(record)
        self.assertIn("-firmato.pdf", pages)
        self.assertEqual(pages.count("-firmato.pdf"), 3)

    def _pages(self, record):
        action = record.with_user(self.segreteria).action_report()
        self.assertEqual(record.with_user(self.segreteria).action_report(), action, "made once")
        data = record.sudo().report_id.raw
        with pikepdf.open(io.BytesIO(data)) as document:
            self.assertIn(b"pdfaid", document.Root.Metadata.read_bytes())
        return subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True).stdout.decode()

    def test_authority_no_longer_trusted(self):
        _atto, durata = self._signed_act()
        self.env["pa.firma.ancora"].search([]).active = False
        line = self._line(self._verification(), durata)
        self.assertEqual((line.outcome, line.old_verdict, line.new_verdict), ("changed", "valid", "undetermined"))
        self.assertTrue(line.reasons)

    def test_killed_in_the_middle_goes_on(self):
        for number in range(5):
            self._signed_act(oggetto=f"Atto {number}")
        self.patch(riverifica_lavoro, "BATCH", 1)
        self.patch(riverifica_lavoro, "SECONDS", 0)
        record = self._verification(run=False)
        self.assertTrue(self.env["pa.firma.riverifica"]._verify_batch(record.id))
        first = record.riga_ids
        self.assertEqual(len(first), min(parallel.WORKERS, 5))
        self._go_on()
        self.assertEqual((record.state, record.riga_ids), ("running", first), "no time left: nothing done")
        self.patch(riverifica_lavoro, "SECONDS", 100)
        self._go_on()
        self.assertEqual((record.state, len(record.riga_ids), first <= record.riga_ids), ("done", 5, True))

    def test_stopped_and_resumed(self):
        self._signed_act()
        record = self._verification(run=False)
        record.action_stop()
        self._go_on()
        self.assertEqual((record.state, len(record.riga_ids)), ("stopped", 0))
        with self.assertRaises(UserError):
            record.action_report()
        record.action_start()
        self._go_on()
        self.assertEqual((record.state, len(record.riga_ids)), ("done", 1))
        with self.assertRaises(UserError):
            record.action_start()

    def test_other_years_and_renewed_files(self):
        self.company.pa_firma_level = "B-LTA"
        _atto, durata = self._signed_act()
        _other, old = self._signed_act(oggetto="Altro anno")
        self._run()
        sealed_write(old.firma_ids, {"timestamp_time": f"{self.year - 1}-06-01 10:00:00"})
        record = self._verification()
        self.assertEqual(record.riga_ids.documento_id, durata.file_ids, "each file that was kept, the first and the extended one")
        self.assertEqual(set(record.riga_ids.mapped("new_verdict")), {"valid"})

    def test_nobody_changes_a_verification(self):
        self._signed_act()
        record = self._verification()
        for user in (self.segreteria, self.env.user):
            for call in (
                lambda r: r.riga_ids.write({"new_verdict": "valid"}),
                lambda r: r.riga_ids.unlink(),
                lambda r: r.write({"state": "draft"}),
                lambda r: r.write({"year": 2000}),
                lambda r: r.write({"riga_ids": [(5,)]}),
                lambda r: r.unlink(),
            ):
                with self.assertRaises(UserError):
                    call(record.with_user(user))
        born = self.env["pa.firma.riverifica"].with_user(self.segreteria).create({"year": 2020, "state": "done", "total": 9})
        self.assertEqual((born.state, born.total), ("draft", 0))
        for user in (self.responsabile, self.istruttore):
            with self.assertRaises(AccessError):
                self.env["pa.firma.riverifica"].with_user(user).create({"year": 2020})
            with self.assertRaises(AccessError):
                record.with_user(user).read(["state"])
            with self.assertRaises(AccessError):
                record.riga_ids.with_user(user).read(["name"])
        record.with_user(self.segreteria).action_report()
        for call in (lambda a: a.write({"raw": b"x"}), lambda a: a.unlink()):
            with self.assertRaises(UserError):
                call(record.sudo().report_id)
