import datetime as dt
import hashlib

from cryptography import x509

from odoo import fields
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools import verify
from .common_durata import DurataCommon


@tagged("post_install", "-at_install")
class TestDurata(DurataCommon):
    """After signing: B-LT and B-LTA reached in the background, never in the way of who signs."""

    def _verify(self, documento, days=0):
        at = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=days)
        return verify.verify_pdf(documento._bytes(), trust=[self.pki.root_pem], at=at)

    def test_signed_then_extended(self):
        atto, durata = self._signed_act()
        signed, served = durata.documento_id, self.tsa.requests
        self.assertEqual((durata.state, durata.level, durata.wanted_level), ("queued", "B-T", "B-LTA"))
        self._run()
        kept = durata.documento_id
        self.assertEqual((durata.state, durata.level, durata.error), ("done", "B-LTA", False))
        self.assertEqual((kept.version, kept.derived_from_id, kept.durata_kind), (signed.version + 1, signed.derived_from_id, "extended"))
        self.assertTrue(kept._bytes().startswith(signed._bytes()), "the signed bytes are all there, and stay stored")
        self.assertEqual(kept.sha256, hashlib.sha256(kept._bytes()).hexdigest())
        self.assertEqual(self._verify(kept)["signatures"][0]["level"], "B-LTA")
        self.assertEqual(durata.archive_until.date(), self.pki.tsa.not_valid_after_utc.date())
        self.assertEqual((atto.sudo().firma_ids.level, atto.sudo().firma_ids.kept_level), ("B-T", "B-LTA"))
        self.assertEqual(self.tsa.requests, served + 1)
        self._run()
        self.assertEqual((durata.documento_id, self.tsa.requests), (kept, served + 1), "nothing is done twice")

    def test_levels(self):
        for level, expected in (("B-B", "B-B"), ("B-T", "B-T"), ("B-LT", "B-LT")):
            self.company.pa_firma_level = level
            _atto, durata = self._signed_act(oggetto=level)
            self._run()
            self.assertEqual((durata.level, durata.state, bool(durata.archive_until)), (expected, "done", False))
            self.assertEqual(self._verify(durata.documento_id)["signatures"][0]["level"], expected)

    def test_the_type_of_act_has_its_own_level(self):
        self.env.ref("pa_atti.tipo_determina_impegno").firma_level = "B-LT"
        _atto, durata = self._signed_act()
        self._run()
        self.assertEqual(durata.level, "B-LT")

    def test_without_revocation_data_it_stays_signed_and_waits(self):
        self.statements.clear()
        self.addCleanup(self.statements.update, {"crls": [self._crl()]})
        atto, durata = self._signed_act()
        signed = durata.documento_id
        self._run()
        self.assertEqual((durata.state, durata.documento_id, atto.current_kind), ("failing", signed, "visto"))
        self.assertIn("Demo TSA", durata.error)
        self.assertEqual((durata.attempts, durata.activity_ids), (1, self.env["mail.activity"]))
        self.assertGreater(durata.next_try, fields.Datetime.now())
        self.durate._cron_keep()
        self.assertEqual(durata.attempts, 1, "not before its time")
        self._run(durata)
        self.assertEqual(durata.attempts, 2)
        self.statements["crls"] = [self._crl()]
        self._run(durata)
        self.assertEqual((durata.state, durata.level, durata.error, durata.attempts), ("done", "B-LTA", False, 0))

    def test_who_is_responsible_is_told_when_it_lasts(self):
        self.company.pa_firma_keeper_id = self.segretario
        self.segretario.group_ids += self.env.ref("pa_atti.group_segreteria")
        _atto, durata = self._signed_act()
        self._use(None)
        self._run()
        self.assertFalse(durata.activity_ids)
        sealed_write(durata, {"failing_since": fields.Datetime.subtract(fields.Datetime.now(), days=3)})
        self._run(durata)
        self._run(durata)
        self.assertEqual(durata.activity_ids.user_id, self.segretario, "once")
        self._use(self.tsa)
        self._run(durata)
        self.assertFalse(durata.activity_ids)

    def test_revoked_before_is_told_at_once(self):
        self.company.pa_firma_keeper_id = self.env.ref("base.user_admin")
        _atto, durata = self._signed_act()
        cert = x509.load_pem_x509_certificate(self._device_of(self.responsabile).certificate_pem.encode())
        self.statements["crls"] = [self._crl(revoked=[cert.serial_number])]
        self.addCleanup(self.statements.update, {"crls": [self._crl()]})
        self._run()
        self.assertEqual((durata.state, durata.level), ("failing", "B-T"))
        self.assertEqual(len(durata.activity_ids), 1)

    def test_not_while_somebody_is_about_to_sign_the_same_file(self):
        """Two signers: the second signs the very bytes that are shown; then both signatures are kept together."""
        tipo = self.env.ref("pa_atti.tipo_determina")
        step = tipo.iter_id.passo_ids.filtered(lambda p: p.kind == "firma")
        step.copy({"ruolo_id": self.env.ref("pa_atti.ruolo_segretario").id, "sequence": step.sequence + 1})
        self.dispositivi |= self._device(self.segretario)
        atto = self._at_signature("tipo_determina")
        self._sign(atto, self.responsabile)
        durata, base = self._durata(atto), atto.current_passo_ids._firma_base()
        self._run()
        self.assertEqual((durata.state, atto.current_passo_ids._firma_base()), ("waiting", base))
        self._sign(atto, self.segretario)
        self._run()
        self.assertEqual((durata.state, durata.level, durata.documento_id.version), ("done", "B-LTA", 4))
        report = self._verify(durata.documento_id)
        self.assertEqual((report["verdict"], [s["level"] for s in report["signatures"]]), ("valid", ["B-LTA", "B-LTA", ""]))

    def test_the_bytes_on_record_are_checked(self):
        _atto, durata = self._signed_act()
        sealed_write(durata.documento_id, {"sha256": "0" * 64})
        self._run()
        self.assertEqual(durata.state, "failing")
        self.assertEqual(len(durata.file_ids), 1)

    def test_superseded_documents_are_left_alone(self):
        atto, durata = self._signed_act()
        atto._supersede_documents()
        self._run()
        self.assertEqual((durata.state, len(durata.file_ids)), ("queued", 1))

    def test_signed_before_the_upgrade(self):
        atto, durata = self._signed_act()
        firma = atto.sudo().firma_ids
        sealed_write(firma, {"durata_id": False})
        sealed_write(durata.documento_id, {"durata_id": False})
        self.env.cr.execute("DELETE FROM pa_firma_durata WHERE id = %s", [durata.id])
        self.env.invalidate_all()
        self._run()
        adopted = firma.durata_id
        self.assertEqual((adopted.state, adopted.level, adopted.wanted_level), ("done", "B-T", "B-T"))
        self.segretario.group_ids += self.env.ref("pa_atti.group_segreteria")
        adopted.with_user(self.segretario).action_extend()
        self._run()
        self.assertEqual((adopted.state, adopted.level), ("done", "B-LTA"))

    def test_nobody_writes_here(self):
        atto, durata = self._signed_act()
        for user in (self.istruttore, self.responsabile, self.env.user):
            for call in (
                lambda r: r.write({"level": "B-LTA"}),
                lambda r: r.write({"next_try": False}),
                lambda r: r.unlink(),
                lambda r: r.create({"documento_id": r.documento_id.id, "origin_id": r.documento_id.id, "wanted_level": "B-T"}),
                lambda r: r.documento_id.write({"durata_kind": "renewed"}),
            ):
                with self.assertRaises(UserError):
                    call(durata.with_user(user))
        for name in ("action_try_now", "action_extend"):
            with self.assertRaises(AccessError):
                getattr(durata.with_user(self.responsabile), name)()
