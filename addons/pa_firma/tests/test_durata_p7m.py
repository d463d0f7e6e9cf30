import base64
import datetime as dt

from odoo import fields
from odoo.tests import tagged

from ..tools import document, pades, sign_cms
from .common import PASSWORD
from .common_durata import DurataCommon

TEXT = "Capitolato: € 100,00".encode()
XML = b'<?xml version="1.0"?><fattura xmlns="urn:prova"><importo>100,00</importo></fattura>'


@tagged("post_install", "-at_install")
class TestDurataP7m(DurataCommon):
    """Attachments signed as .p7m outlive their certificates, as the pages of acts do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.istruttore.pa_codice_fiscale = cls.istruttore.pa_codice_fiscale or "RSSMRA80A01H501U"
        cls.dispositivi |= cls._device(cls.istruttore)
        cls.dying, cls.lasting = cls._authority(21), cls._authority(3000)

    def _kept(self, name, data, signed=None, **options):
        """What keeps an attachment that was signed before its act went on its way; the cron has run."""
        self._use(self.dying)
        atto = self._draft("tipo_determina_impegno")
        original = atto.documento_ids.browse(atto.add_attachment(name, base64.b64encode(data)))
        if signed:
            ids = original.with_user(self.istruttore).upload_signed_file(base64.b64encode(signed))
        else:
            ids = original.with_user(self.istruttore).sign_file(self._device_of(self.istruttore).id, PASSWORD, **options)
        durata = self.durate.search([("documento_id", "in", ids)])
        atto.action_start()
        self._sign(atto, self.responsabile)
        self._run(durata)
        return durata

    def _report(self, durata, days=0):
        at = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=days)
        return document.verify_document(durata.documento_id._bytes(), original=TEXT, trust=[self.pki.root_pem], at=at)

    def test_extended_and_renewed(self):
        durata = self._kept("capitolato.txt", TEXT)
        before, origin = durata.documento_id, durata.origin_id
        self.assertEqual((durata.state, durata.level, durata.error), ("done", "B-LTA", False))
        self.assertEqual((before.name, before.durata_kind, before.mimetype), ("capitolato.txt.p7m", "extended", "application/pkcs7-mime"))
        self.assertNotEqual(before, origin)
        report = self._report(durata)
        self.assertEqual((report["verdict"], report["signatures"][0]["level"]), ("valid", "B-LTA"))
        self.assertLess(durata.archive_until, fields.Datetime.add(fields.Datetime.now(), days=22))
        self.assertEqual(self._report(durata, 800)["verdict"], "undetermined")
        self._use(self.lasting)
        self._run(durata)
        self.assertEqual((durata.documento_id.durata_kind, durata.documento_id.version), ("renewed", before.version + 1))
        self.assertEqual((self._report(durata, 800)["verdict"], before.superseded), ("valid", True))
        self.assertGreater(durata.archive_until, fields.Datetime.add(fields.Datetime.now(), days=2900))
        self.assertEqual(durata.documento_id._verify_any()["verdict"], "valid")

    def test_signed_elsewhere_without_a_timestamp(self):
        mine = pades.load_key_file(self._key_file(self.istruttore), PASSWORD)
        durata = self._kept("a.txt", TEXT, signed=sign_cms.sign_cms(TEXT, mine))
        self.assertEqual((durata.state, durata.level), ("done", "B-LTA"), durata.error)
        self.assertEqual(self._report(durata)["signatures"][0]["level"], "B-LTA")

    def test_without_revocation_data_it_waits(self):
        self.statements.clear()
        self.addCleanup(self.statements.update, {"crls": [self._crl()]})
        durata = self._kept("a.txt", TEXT)
        self.assertEqual((durata.state, durata.level), ("failing", "B-T"))
        self.statements["crls"] = [self._crl()]
        self._run(durata)
        self.assertEqual((durata.state, durata.level), ("done", "B-LTA"))

    def test_what_is_not_extended_is_said(self):
        for name, data, options in (("a.txt", TEXT, {"form": "cades_detached"}), ("b.xml", XML, {})):
            durata = self._kept(name, data, **options)
            self.assertEqual((durata.state, durata.level), ("off", "B-T"))
            self.assertIn(".p7m", durata.error)
