import hashlib

from odoo import fields
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..tools import verify
from .common import PASSWORD, Card
from .common_durata import DurataCommon
from .common_esempio import EsempioCommon


@tagged("post_install", "-at_install")
class TestMixinDurata(EsempioCommon, DurataCommon):
    """Signed files of records that are not acts: kept over time, renewed, verified again, in the register."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._install_example()

    def _kept(self, order):
        return self.durate.search([("res_model", "=", "purchase.order"), ("res_id", "=", order.id)])

    def _level(self, data):
        report = verify.verify_pdf(data, trust=[self.pki.root_pem])
        self.assertEqual(report["verdict"], "valid", report["reasons"])
        return [facts["level"] for facts in report["signatures"] if facts["format"] != "DocTimeStamp"]

    def test_extended_then_shown_in_the_register(self):
        order = self._signed_order()
        durata, firma = self._kept(order), order.sudo().pa_firma_ids
        self.assertEqual((durata.state, durata.level, durata.display_name), ("queued", "B-T", "P7"))
        self._run()
        kept = durata.attachment_id
        self.assertEqual((durata.state, durata.level, durata.error), ("done", "B-LTA", False))
        self.assertTrue(kept.raw.startswith(firma.attachment_id.raw), "the signed bytes are all there, and stay stored")
        self.assertEqual((durata.sha256, order._signed_file()), (hashlib.sha256(kept.raw).hexdigest(), kept))
        self.assertEqual((self._level(kept.raw), firma.level, firma.kept_level), (["B-LTA"], "B-T", "B-LTA"))
        self.assertEqual(firma.archive_until, durata.archive_until)
        served = self.tsa.requests
        self._run()
        self.assertEqual((durata.attachment_id, self.tsa.requests), (kept, served), "nothing is done twice")
        for call in (lambda: kept.write({"raw": b"x"}), kept.unlink, lambda: durata.write({"attachment_id": False})):
            with self.assertRaises(UserError):
                call()

    def test_renewed_before_the_authority_expires(self):
        self._use(self._authority(60))
        order = self._signed_order()
        self._run()
        durata = self._kept(order)
        first, until = durata.attachment_id, durata.archive_until
        self.assertLess(until, fields.Datetime.add(fields.Datetime.now(), days=61))
        self._use(self.tsa)
        self._run(durata)
        self.assertTrue(durata.attachment_id.raw.startswith(first.raw))
        self.assertGreater(durata.archive_until, until)
        self.assertEqual(durata.record_file_ids, first + durata.attachment_id)

    def test_somebody_signs_after_it_was_extended(self):
        order = self._signed_order()
        self._run()
        extended = order._signed_file().raw
        order.with_user(self.finanziario).action_sign_record(self._device_of(self.finanziario).id, PASSWORD)
        durata = self._kept(order)
        self.assertTrue(order._signed_file().raw.startswith(extended))
        self.assertEqual((durata.state, len(durata.firma_ids)), ("queued", 2))
        self._run()
        self.assertEqual((durata.level, self._level(order._signed_file().raw)), ("B-LTA", ["B-LTA"] * 2))

    def test_nothing_is_added_while_somebody_signs(self):
        """What a card was given to sign, or a code was spent for, stays the document."""
        order, card = self._signed_order(), Card(self.pki, self.finanziario)
        device = self.env["pa.firma.dispositivo"].with_user(self.finanziario).enroll_card("x", card.certificate)
        facts = order.with_user(self.finanziario).action_prepare_record(device)
        self._run()
        self.assertEqual(self._kept(order).state, "waiting")
        answer = {"richiesta_id": facts["richiesta_id"], "signature": card.sign(facts["to_sign"])}
        [outcome] = self.env["pa.firma.libro"].with_user(self.finanziario).finish([answer])
        self.assertEqual(outcome["state"], "signed", outcome["message"])
        self._run()
        self.assertEqual(self._kept(order).level, "B-LTA")

    def test_verified_again_with_its_year(self):
        good, bad = self._signed_order(), self._signed_order()
        self._run()
        file = self._kept(bad).attachment_id
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_attachment SET db_datas = %s, store_fname = NULL WHERE id = %s", [b"%PDF-1.7 x", file.id])
        self.env.invalidate_all()
        record = self.env["pa.firma.riverifica"].create({"year": good.sudo().pa_firma_ids.signed_year})
        record.action_start()
        self.env["pa.firma.riverifica"]._cron_verify()
        self.env.invalidate_all()
        self.assertEqual((record.state, record.total, record.done_count), ("done", 4, 4))
        lines = {line.durata_id: line for line in record.riga_ids if line.durata_id}
        self.assertEqual({durata: line.outcome for durata, line in lines.items()}, {self._kept(good): "same", self._kept(bad): "altered"})
        self.assertEqual(lines[self._kept(good)].signers, "Responsabile")

    def test_signed_before_there_was_anything_to_keep_it(self):
        order = self._signed_order()
        firma, durata = order.sudo().pa_firma_ids, self._kept(order)
        sealed_write(firma, {"durata_id": False})
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM pa_firma_durata WHERE id = %s", [durata.id])
        self.env.invalidate_all()
        self._run()
        kept = self._kept(order)
        self.assertEqual((firma.durata_id, kept.state, kept.level, kept.sha256), (kept, "done", "B-T", hashlib.sha256(firma.attachment_id.raw).hexdigest()))
        self.env["pa.firma.durata"].browse(kept.id).action_extend()
        self._run()
        self.assertEqual(kept.level, "B-LTA")

    def test_other_bodies_do_not_see_it(self):
        order = self._signed_order()
        body = self.env["res.company"].create({"name": "Altro comune"})
        other = new_test_user(
            self.env, "altro_ente", "pa_atti.group_consultazione", company_id=body.id, company_ids=[(6, 0, body.ids)], name="Altro"
        )
        self.assertFalse(self._kept(order).with_user(other).has_access("read"))
        self.assertFalse(order.sudo().pa_firma_ids.with_user(other).has_access("read"))
        self.assertTrue(self._kept(order).with_user(self.responsabile).has_access("read"))
