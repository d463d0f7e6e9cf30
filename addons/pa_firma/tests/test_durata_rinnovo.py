import datetime as dt

from odoo import fields
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.tests import tagged

from ..tools import long_term, verify
from .common_durata import DurataCommon


@tagged("post_install", "-at_install")
class TestRinnovo(DurataCommon):
    """Archive timestamps renewed before their authority's certificate ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dying = cls._authority(21)  # ends in twenty days
        cls.lasting = cls._authority(3000)

    def setUp(self):
        super().setUp()
        self._use(self.dying)

    def _kept(self):
        """A document at B-LTA whose timestamps all end in twenty days, its signer's certificate after two years."""
        _atto, durata = self._signed_act()
        self._run()
        self.assertEqual((durata.state, durata.level), ("done", "B-LTA"))
        return durata

    def _verdict(self, documento, days):
        at = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=days)
        return verify.verify_pdf(documento._bytes(), trust=[self.pki.root_pem], at=at)["verdict"]

    def test_renewed(self):
        """800 days on, signer (730) and first authority (20) have expired: only the renewed document proves its time."""
        durata = self._kept()
        before = durata.documento_id
        self._use(self.lasting)
        self.asked.clear()
        self.durate._cron_keep()
        self.assertEqual(durata.documento_id, before, "the same authority is not asked again at once")
        self._run(durata)
        after = durata.documento_id
        self.assertEqual((after.durata_kind, after.version, after.derived_from_id), ("renewed", before.version + 1, before.derived_from_id))
        self.assertTrue(after._bytes().startswith(before._bytes()))
        self.assertEqual(len(self.asked), 1, "what is said of the last authority is asked anew")
        self.assertGreater(durata.archive_until, fields.Datetime.add(fields.Datetime.now(), days=2900))
        self.assertEqual([self._verdict(item, 10) for item in (before, after)], ["valid", "valid"])
        self.assertEqual([self._verdict(item, 800) for item in (before, after)], ["undetermined", "valid"])
        served = self.lasting.requests
        self._run()
        self.assertEqual((durata.documento_id, self.lasting.requests), (after, served), "once")

    def test_how_long_before_is_a_setting(self):
        durata = self._kept()
        self._use(self.lasting)
        self.company.pa_firma_renew_days = 10
        self._run(durata)
        self.assertEqual(len(durata.file_ids), 2)
        self.company.pa_firma_renew_days = 25
        self._run(durata)
        self.assertEqual(len(durata.file_ids), 3)

    def test_an_algorithm_that_weakens(self):
        self._use(self.lasting)
        durata = self._kept()
        self._run()
        self.assertEqual(len(durata.file_ids), 2)
        self.patch(long_term, "weak", lambda digest, key: "weak" if key == durata.archive_key and len(durata.file_ids) < 3 else "")
        self._run()
        self.assertEqual(len(durata.file_ids), 3)

    def test_the_authority_has_no_newer_certificate(self):
        """Nothing would be gained: no file is made, and it is tried again after a week, not at every run."""
        durata = self._kept()
        before = durata.documento_id
        self._run(durata)
        self.assertEqual((durata.state, durata.documento_id, durata.level), ("failing", before, "B-LTA"))
        self.assertGreater(durata.next_try, fields.Datetime.add(fields.Datetime.now(), days=6))
        self.assertEqual(len(durata.activity_ids), 1, "it ends in less than thirty days: somebody must know")
        self._use(self.lasting)
        self._run(durata)
        self.assertEqual((durata.state, durata.level, bool(durata.activity_ids)), ("done", "B-LTA", False))

    def test_authority_that_does_not_answer(self):
        durata = self._kept()
        before = durata.documento_id
        self._use(None)
        self._run(durata)
        self.assertEqual((durata.state, durata.documento_id), ("failing", before))
        self._use(self.lasting)
        self._run(durata)
        self.assertEqual((durata.state, len(durata.file_ids)), ("done", 3))

    def test_killed_in_the_middle(self):
        """The claim of a process that died is good for a quarter of an hour, then another one goes on."""
        durata = self._kept()
        self._use(self.lasting)
        sealed_write(durata, {"next_try": False})
        self.assertTrue(durata._claim())
        self.assertFalse(durata._claim())
        self.durate._cron_keep()
        self.assertEqual(len(durata.file_ids), 2)
        self._run(durata)
        self.assertEqual(len(durata.file_ids), 3)

    def test_what_was_made_meanwhile_by_another_process_stays(self):
        durata = self._kept()
        base = durata.documento_id
        self._use(self.lasting)
        vals, data = durata._make()
        self._run(durata)
        durata._store(base, data, vals)
        self.assertEqual(len(durata.file_ids), 3)

    def test_many_in_one_run(self):
        durate = [self._kept() for _time in range(3)]
        self._use(self.lasting)
        self._run(*durate)
        self.assertEqual([len(durata.file_ids) for durata in durate], [3, 3, 3])
        sealed_write(durate[0], {"archive_until": fields.Datetime.now()})
        self._run()
        self.assertEqual([len(durata.file_ids) for durata in durate], [4, 3, 3])
