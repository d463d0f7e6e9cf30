import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import FirmaCommon
from .elenchi import ListServer, Signer, listing, lotl, own_pointer, pointer, service

JOURNAL, NEW_JOURNAL = "https://eur-lex.europa.eu/eli/C/2026/1/oj", "https://eur-lex.europa.eu/eli/C/2027/9/oj"


@tagged("post_install", "-at_install")
class TestElencoPivot(FirmaCommon):
    """Whoever signs the list of lists changed since the Official Journal: the pivots say so, on loopback."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = ListServer()
        cls.addClassCleanup(cls.server.close)
        cls.env["ir.config_parameter"].set_param("pa_firma.fetch_allowed", cls.server.host)
        cls.first, cls.second, cls.third, cls.agid = (Signer(name) for name in ("Prima", "Seconda", "Terza", "AgID"))
        cls.Elenco = cls.env["pa.firma.elenco"]

    def setUp(self):
        super().setUp()
        url = self.server.url
        self.uris = [f"{url}/lotl-pivot-20.xml", f"{url}/lotl-pivot-10.xml", JOURNAL, f"{url}/note.html"]
        self.named = pointer("IT", f"{url}/it.xml", self.agid)
        self.server.files = {
            "lotl-pivot-10.xml": self.first.sign(lotl(own_pointer(self.second), number=10, uris=self.uris[1:])),
            "lotl-pivot-20.xml": self.second.sign(lotl(own_pointer(self.third), number=20, uris=self.uris)),
            "lotl.xml": self._lotl(self.third, 21),
            "it.xml": self.agid.sign(listing(service(self.pki.root), number=3)),
        }
        self.lotl = self.Elenco.create({"kind": "lotl", "own_address": f"{url}/lotl.xml", "own_signers": self.first.pem})

    def _lotl(self, signer, number, uris=None):
        return signer.sign(lotl(own_pointer(signer), self.named, number=number, uris=self.uris if uris is None else uris))

    def _pivots(self):
        return self.lotl.versione_ids.filtered(lambda version: version.state == "pivot").sorted("sequence")

    def test_followed_kept_and_shown(self):
        self.assertEqual(self.lotl._refresh(), "")
        self.assertEqual((self.lotl.state, self.lotl.sequence, self.lotl.pivot_sequence), ("good", 21, 20))
        ten, twenty = self._pivots()
        self.assertEqual((ten.sequence, ten.signer, twenty.sequence, twenty.signer), (10, "Prima", 20, "Seconda"))
        self.assertEqual(twenty.attachment_id.raw, self.server.files["lotl-pivot-20.xml"])
        self.assertTrue(ten.signers_text.startswith("Seconda") and twenty.signers_text.startswith("Terza"))
        self.assertTrue(self.lotl.signers_text.startswith("Terza") and "Prima" not in self.lotl.signers_text)
        self.assertEqual((self.lotl.journal, self.lotl.journal_new), (JOURNAL, False))
        self.assertFalse(self.lotl.activity_ids)
        italy = self.Elenco.search([("territory", "=", "IT"), ("lotl_id", "=", self.lotl.id)])
        self.assertEqual(italy._refresh(), "")

    def test_fetched_once(self):
        self.lotl._refresh()
        for name in ("lotl-pivot-10.xml", "lotl-pivot-20.xml"):
            del self.server.files[name]
        self.server.files["lotl.xml"] = self._lotl(self.third, 22)
        self.assertEqual(self.lotl._refresh(), "")
        fourth = Signer("Quarta")
        self.uris.insert(0, f"{self.server.url}/lotl-pivot-30.xml")
        self.server.files["lotl-pivot-30.xml"] = self.third.sign(lotl(own_pointer(fourth), number=30, uris=self.uris))
        self.server.files["lotl.xml"] = self._lotl(fourth, 31)
        self.assertEqual(self.lotl._refresh(), "", "the older ones are on record")
        self.assertEqual((self.lotl.pivot_sequence, len(self._pivots())), (30, 3))

    def test_missing_forged_or_out_of_order(self):
        good = dict(self.server.files)
        stranger = Signer("Prima")
        for words, changed in (
            ("404", {"lotl-pivot-10.xml": None}),
            ("pivot-10", {"lotl-pivot-10.xml": stranger.sign(lotl(own_pointer(self.second), number=10))}),
            ("pivot-20", {"lotl-pivot-20.xml": good["lotl-pivot-20.xml"].replace(b">20<", b">19<")}),
            ("order", {"lotl-pivot-10.xml": good["lotl-pivot-20.xml"], "lotl-pivot-20.xml": good["lotl-pivot-10.xml"]}),
            ("pivot-20", {"lotl-pivot-20.xml": self.second.sign(lotl(own_pointer(self.third), number=9))}),
        ):
            self.server.files = {name: data for name, data in (good | changed).items() if data}
            why = self.lotl._refresh()
            self.assertIn(words, why)
            self.assertEqual((self.lotl.state, self.lotl.error), ("failed", why))
            self.assertFalse(self._pivots() or self.lotl.current_id or self.lotl.listed_signers)
        self.lotl._tell()
        self.assertEqual(len(self.lotl.activity_ids), 1)

    def test_who_was_let_go_signs_no_more(self):
        """Neither with the pivots of today, nor by leaving out those that say so."""
        self.lotl._refresh()
        for signer, uris in ((self.first, self.uris), (self.second, self.uris), (self.second, self.uris[1:]), (self.first, [JOURNAL])):
            self.server.files["lotl.xml"] = self._lotl(signer, 50, uris)
            self.assertTrue(self.lotl._refresh())
            self.assertEqual((self.lotl.sequence, self.lotl.pivot_sequence), (21, 20))
        self.lotl.own_signers = self.first.pem + self.second.pem
        self.assertFalse(self.lotl.pivot_sequence, "other signers: followed anew")
        self.server.files["lotl.xml"] = self._lotl(self.second, 51)
        self.assertIn("name", self.lotl._refresh(), "vouched for, and let go by a pivot that holds")

    def test_a_pivot_that_cannot_be_had_is_said_though_the_signer_is_known(self):
        del self.server.files["lotl-pivot-20.xml"]
        self.server.files["lotl.xml"] = self._lotl(self.first, 21)
        self.assertEqual(self.lotl._refresh(), "")
        self.assertEqual((self.lotl.sequence, self.lotl.state), (21, "failed"))
        self.assertIn("pivot-20", self.lotl.error)

    def test_vouched_for_after_some_pivots(self):
        """The signers are today's, not those of the Official Journal: older pivots are no failure, the publication is to be seen."""
        self.lotl.own_signers = self.third.pem
        self.assertEqual(self.lotl._refresh(), "")
        self.assertEqual((self.lotl.state, self.lotl.pivot_sequence, self.lotl.journal_new), ("good", 0, True))
        self.lotl.own_signers = self.second.pem
        self.assertEqual(self.lotl._refresh(), "")
        self.assertEqual((self.lotl.pivot_sequence, len(self._pivots())), (20, 1))

    def test_new_publication(self):
        self.lotl._refresh()
        self.server.files["lotl.xml"] = self._lotl(self.third, 22, [NEW_JOURNAL, *self.uris])
        self.lotl._refresh()
        self.assertTrue(self.lotl.journal_new)
        self.Elenco._cron_refresh()
        self.assertEqual(len(self.lotl.activity_ids), 1, "one activity, however often it is seen")
        self.assertEqual(self.lotl.activity_ids.user_id, self.lotl.user_id)
        self.assertIn(NEW_JOURNAL, self.lotl.activity_ids.note)
        self.lotl.own_signers = self.third.pem
        self.lotl.action_journal_compared()
        self.assertEqual((self.lotl.journal, self.lotl.journal_new), (NEW_JOURNAL, False))
        self.assertFalse(self.lotl.activity_ids)
        self.assertEqual(self.lotl._refresh(), "")
        self.assertEqual(self.lotl.state, "good")

    def test_from_files(self):
        files = [
            self.env["ir.attachment"].create({"name": name, "raw": self.server.files[name]})
            for name in ("lotl-pivot-20.xml", "lotl-pivot-10.xml")
        ]
        vals = {"elenco_id": self.lotl.id, "file": base64.b64encode(self.server.files["lotl.xml"])}
        self.server.files = {}
        wizard = self.env["pa.firma.elenco.carica"]
        too_large = patch("odoo.addons.pa_firma.wizards.elenco_carica.MAX_BYTES", 200_000)
        files[1].raw, small = b"<a>" + b" " * 200_000, files[1].raw
        with too_large, self.assertRaises(UserError) as refusal:
            wizard.create(vals | {"pivot_ids": [(6, 0, [item.id for item in files])]}).action_load()
        self.assertIn("lotl-pivot-10.xml", str(refusal.exception))
        files[1].raw = small
        action = wizard.create(vals | {"pivot_ids": [(6, 0, [files[0].id])]}).action_load()
        self.assertEqual(action["params"]["type"], "danger")
        wizard.create(vals | {"pivot_ids": [(6, 0, [item.id for item in files])]}).action_load()
        self.assertEqual((self.lotl.sequence, self.lotl.pivot_sequence, len(self._pivots())), (21, 20, 2))

    def test_what_nobody_can_forge(self):
        self.lotl._refresh()
        consulente = new_test_user(self.env, "consulente.pivot", groups="pa_atti.group_consulente")
        mine = self.lotl.with_user(consulente)
        for vals in ({"pivot_sequence": 0}, {"listed_journal": NEW_JOURNAL}, {"listed_signers": self.first.pem}):
            with self.assertRaises(UserError):
                mine.write(vals)
        with self.assertRaises(UserError):
            self._pivots().with_user(consulente).write({"signers_text": "x"})
        with self.assertRaises(AccessError):
            self.lotl.with_user(self.istruttore).action_journal_compared()

    def test_what_the_program_reads_more_of_the_same_list(self):
        """A version kept by an older program is read anew when the same bytes come again."""
        self.lotl._refresh()
        italy = self.Elenco.search([("territory", "=", "IT"), ("lotl_id", "=", self.lotl.id)])
        italy._refresh()
        version, digest = italy.current_id, italy.current_id.compact_sha256
        self.env.cr.execute("UPDATE pa_firma_elenco_versione SET compact = '{}', compact_sha256 = 'old' WHERE id = %s", [version.id])
        version.invalidate_recordset()
        self.assertEqual(italy._refresh(), "")
        self.assertEqual((italy.current_id, version.compact_sha256), (version, digest))
