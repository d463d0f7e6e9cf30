import datetime as dt
import time

from cryptography import x509

from odoo import fields
from odoo.tests import tagged

from ..tools.pki_authority import LoopbackAuthority
from ..tools.verify import verify_pdf
from .common_durata import DurataCommon


@tagged("post_install", "-at_install")
class TestDurataAutorita(DurataCommon):
    """With the authorities themselves: OCSP, revocation lists and issuers asked on loopback, as they are in earnest."""

    asking = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = LoopbackAuthority(cls.pki)
        cls.addClassCleanup(cls.authority.close)
        cls.env["ir.config_parameter"].set_param("pa_firma.fetch_allowed", cls.authority.host)
        cls.dispositivi = cls._device(cls.responsabile)  # from now on certificates name the authority
        cls.stamping = cls._authority(30)

    def setUp(self):
        super().setUp()
        self._use(self.stamping)
        self.authority.revoked, self.authority.behaviour, self.authority.without = {}, "", set()
        self.authority.requests.clear()

    def _verify(self, documento):
        return verify_pdf(documento._bytes(), trust=[self.pki.root_pem])

    def test_ocsp_of_signer_and_of_timestamp_authority(self):
        _atto, durata = self._signed_act()
        self._run()
        self.assertEqual((durata.state, durata.level, durata.error), ("done", "B-LTA", False))
        self.assertIn("ocsp", self.authority.requests)
        report = self._verify(durata.documento_id)
        self.assertEqual((report["verdict"], report["signatures"][0]["revocation"]), ("valid", "good"))

    def test_revocation_lists_where_there_is_no_ocsp(self):
        self.authority.without = {"ocsp"}
        _atto, durata = self._signed_act()
        self._run()
        self.assertIn("crl", self.authority.requests)
        self.assertEqual((durata.state, durata.level), ("done", "B-LTA"))  # issued a minute before: clocks differ by more

    def test_authority_that_does_not_answer(self):
        self.authority.behaviour = "error"
        _atto, durata = self._signed_act()
        self._run()
        self.assertEqual((durata.state, durata.level), ("failing", "B-T"))
        self.authority.behaviour = ""
        self.env["pa.firma.revoca"].search([]).unlink()
        self._run(durata)
        self.assertEqual((durata.state, durata.level), ("done", "B-LTA"))

    def test_renewal_asks_again(self):
        _atto, durata = self._signed_act()
        self._run()
        self.env["pa.firma.revoca"].search([]).unlink()
        self.authority.requests.clear()
        self._use(self._authority(400))
        self._run(durata)
        self.assertEqual((durata.state, len(durata.file_ids)), ("done", 3))
        self.assertIn("ocsp", self.authority.requests)

    def test_a_year_with_a_revoked_signer(self):
        """Without a timestamp nothing proves that he signed before; with one, it is told and the signature stays valid."""
        self.company.pa_firma_level = "B-B"
        _atto, bare = self._signed_act(oggetto="Senza marca")
        self.company.pa_firma_level = "B-T"
        _other, stamped = self._signed_act(oggetto="Con marca")
        self.assertEqual([bare.level, stamped.level], ["B-B", "B-T"])
        cert = x509.load_pem_x509_certificate(self._device_of(self.responsabile).certificate_pem.encode())
        self.authority.revoked[cert.serial_number] = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=1)
        time.sleep(2)  # revoked after the signatures (times are whole seconds), before the verification
        self.env["pa.firma.revoca"].search([]).unlink()
        record = self.env["pa.firma.riverifica"].create({"year": fields.Date.today().year})
        record.action_start()
        self.env["pa.firma.riverifica"]._cron_verify()
        self.env.invalidate_all()
        lines = {line.documento_id: line for line in record.riga_ids}
        first, second = lines[bare.documento_id], lines[stamped.documento_id]
        self.assertEqual((first.outcome, first.new_verdict), ("changed", "not_valid"))
        told = record.riga_ids.with_context(lang=record.user_id.lang)._word("revoked")
        self.assertIn(told, first.reasons)
        self.assertEqual((second.outcome, second.new_verdict), ("same", "valid"))
        self.assertTrue(second.weaknesses)
