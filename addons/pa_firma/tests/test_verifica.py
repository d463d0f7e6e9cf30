import base64
from datetime import datetime, timedelta, timezone

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..tools import pades, sign_cms, sign_timestamp
from .common import FirmaCommon

TEXT = "Capitolato: € 100,00".encode()
NS = {"r": "http://uri.etsi.org/19102/v1.2.1#"}


@tagged("post_install", "-at_install")
class TestVerifica(FirmaCommon, HttpCase):
    """The panel of the verdict, on any attachment and on any file."""

    def _attach(self, atto, name, data, **kwargs):
        return atto.documento_ids.browse(atto.add_attachment(name, base64.b64encode(data), **kwargs))

    def _signer(self, **options):
        return pades.load_key_file(self.pki.issue("Mario Rossi", "RSSMRA80A01H501U", "x", **options), "x")

    def _panel(self, documento, user=None):
        action = documento.with_user(user or self.istruttore).with_context(lang="it_IT").action_verify()
        return self.env["pa.firma.verdetto"].with_user(user or self.istruttore).with_context(lang="it_IT").browse(action["res_id"])

    def test_detached_signature_finds_its_document(self):
        atto = self._draft()
        for n in range(3):
            self._attach(atto, f"altro{n}.txt", TEXT + b"%d" % n)
        original = self._attach(atto, "capitolato.txt", TEXT)
        signature = self._attach(atto, "firma.p7s", sign_cms.sign_cms(TEXT, self._signer(), detached=True))
        panel = self._panel(signature)
        self.assertEqual((panel.verdict, panel.report["original"]), ("valid", original.name))
        for words in ("VALIDA", "Mario Rossi", "RSSMRA80A01H501U", "capitolato.txt", "Integrità", "Copre tutto", "Revoca", "CAdES B-B",
                      "solo dichiarata"):  # fmt: skip
            self.assertIn(words, panel.body)
        stamp = self._attach(atto, "marca.tsr", sign_timestamp.make_timestamp(TEXT, self.tsa.url))
        self.assertEqual(self._panel(stamp).report["original"], original.name)

    def test_detached_signature_whose_document_is_chosen(self):
        atto, other = self._draft(), self._draft()
        signature = self._attach(atto, "firma.p7s", sign_cms.sign_cms(TEXT, self._signer(), detached=True))
        panel = self._panel(signature)
        self.assertEqual((panel.verdict, panel.needs_original), ("undetermined", True))
        elsewhere = self._attach(other, "capitolato.txt", TEXT)
        panel.original_id = elsewhere
        with self.assertRaises(UserError):  # of another act
            panel.action_judge()
        panel.original_id = self._attach(atto, "x.txt", TEXT + b"!")
        panel.action_judge()
        self.assertEqual(panel.verdict, "not_valid")

    def test_reserved_document_is_not_told_by_its_signature(self):
        """Who may not read a document does not learn that a signature is of it."""
        atto = self._draft()
        self._attach(atto, "riservato.txt", TEXT, visibility="riservato")
        signature = self._attach(atto, "firma.p7s", sign_cms.sign_cms(TEXT, self._signer(), detached=True))
        atto.action_start()
        self._sign(atto, self.responsabile)
        self._complete(atto, self.messo)
        self.assertEqual(atto.state, "done")
        self.assertEqual(self._panel(signature, self.estraneo).verdict, "undetermined")
        self.assertEqual(self._panel(signature).verdict, "valid")

    def test_judged_at_a_date(self):
        now = datetime.now(timezone.utc)
        old = self._signer(start=now - timedelta(days=60), days=50)
        self.patch(sign_cms, "check_certificate", lambda *_args: None)
        atto = self._draft()
        document = self._attach(atto, "a.txt.p7m", sign_cms.sign_cms(TEXT, old))
        panel = self._panel(document)
        self.assertNotEqual(panel.verdict, "valid")
        panel.write({"moment": "other", "at": (now - timedelta(days=20)).replace(tzinfo=None)})
        panel.action_judge()
        self.assertIn((now - timedelta(days=20)).strftime("%d/%m/%Y"), panel.body)
        panel.moment = "publication"
        with self.assertRaises(UserError):  # it is not published
            panel.action_judge()

    def test_reports(self):
        atto = self._at_signature()
        self._sign(atto, self.responsabile)
        self.responsabile.password = "responsabile-prova"
        signed = atto.sudo().documento_ids.filtered(lambda d: d.kind == "firmato")
        panel = self._panel(signed, self.responsabile)
        panel.report = {**panel.report, "verdict": "not_valid"}  # written by its owner: what leaves is verified again
        self.env.flush_all()
        self.authenticate("pa_responsabile", "responsabile-prova")
        self.assertTrue(self.url_open(panel.action_report_pdf()["url"]).content.startswith(b"%PDF-"))
        root = etree.fromstring(self.url_open(panel.action_report_xml()["url"]).content)
        self.assertEqual(root.findtext(".//r:MainIndication", namespaces=NS), "urn:etsi:019102:mainindication:total-passed")
        other = self._panel(signed, self.istruttore)
        self.env.flush_all()
        self.assertEqual(self.url_open(f"/firma/rapporto/{other.id}/pdf").status_code, 404)
        with self.assertRaises(AccessError):
            other.with_user(self.responsabile).action_report_pdf()

    def test_any_file_and_nothing_stored(self):
        before = self.env["ir.attachment"].sudo().search_count([])
        Panel = self.env["pa.firma.verdetto"].with_user(self.segretario)
        panel = Panel.create({"file": base64.b64encode(sign_cms.sign_cms(TEXT, self._signer())), "file_name": "offerta.p7m"})
        panel.action_judge()
        self.assertEqual((panel.verdict, panel.report["file"]), ("valid", "offerta.p7m"))
        detached = base64.b64encode(sign_cms.sign_cms(TEXT, self._signer(), detached=True))
        panel = Panel.create({"file": detached, "file_name": "o.p7s"})
        panel.action_judge()
        self.assertEqual((panel.verdict, panel.needs_original), ("undetermined", True))
        panel.write({"moment_file": "other", "at": "2020-01-01 00:00:00", "original_file": base64.b64encode(TEXT)})
        panel.action_judge()
        self.assertEqual((panel.verdict, panel.report["validation_time"][:10]), ("undetermined", "2020-01-01"))
        panel.moment_file = "now"
        panel.action_judge()
        self.assertEqual(panel.verdict, "valid")
        panel = Panel.create({"file": base64.b64encode(b"\x00\xff" * 50), "file_name": "x"})
        panel.action_judge()
        self.assertEqual(panel.verdict, "not_valid")
        self.env.flush_all()
        self.assertEqual(self.env["ir.attachment"].sudo().search_count([]), before)
        with self.assertRaises(UserError):
            Panel.create({}).action_judge()
