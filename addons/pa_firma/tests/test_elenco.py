import base64
import datetime as dt
import hashlib
from datetime import timedelta

from cryptography.hazmat.primitives import hashes

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import FirmaCommon
from .elenchi import DAY, NOW, ListServer, Signer, listing, lotl, pointer, service


@tagged("post_install", "-at_install")
class TestElenco(FirmaCommon):
    """A list of lists and an Italian list on loopback, their signatures checked, with their history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = ListServer()
        cls.addClassCleanup(cls.server.close)
        cls.env["ir.config_parameter"].set_param("pa_firma.fetch_allowed", cls.server.host)
        cls.europe, cls.agid, cls.france = Signer("Europa"), Signer("AgID"), Signer("France")
        cls.named = [
            pointer("IT", f"{cls.server.url}/it.xml", cls.agid),
            pointer("FR", f"{cls.server.url}/fr.xml", cls.france),
        ]
        cls.qualified = service(cls.pki.root)
        cls.Elenco = cls.env["pa.firma.elenco"]
        cls.Versione = cls.env["pa.firma.elenco.versione"]

    def setUp(self):
        super().setUp()
        self.server.files = {
            "lotl.xml": self.europe.sign(lotl(*self.named)),
            "it.xml": self.agid.sign(listing(self.qualified, number=10)),
            "fr.xml": self.france.sign(listing(number=5, territory="FR")),
        }
        self.lotl = self.Elenco.create({
            "kind": "lotl", "own_address": f"{self.server.url}/lotl.xml", "own_signers": self.europe.pem, "user_id": self.env.ref("base.user_admin").id,
        })  # fmt: skip

    def _italy(self):
        return self.Elenco.search([("territory", "=", "IT"), ("lotl_id", "=", self.lotl.id)])

    def _loaded(self):
        self.assertFalse(self.lotl._refresh())
        italy = self._italy()
        self.assertFalse(italy._refresh(), italy.error)
        return italy

    def _offer(self, elenco, xml, signer=None):
        """Why this list is refused; "" when it is taken."""
        before = len(elenco.versione_ids)
        why = elenco._take((signer or self.agid).sign(xml) if isinstance(xml, bytes) and signer is not False else xml)
        self.assertEqual(len(elenco.versione_ids), before + 1)
        newest = elenco.versione_ids.sorted("id")[-1]
        self.assertEqual(newest.state, "refused" if why else "in_force")
        self.assertEqual(newest.reason or "", why)
        return why

    # Loading --------------------------------------------------------------------------------------------------------

    def test_from_the_list_of_lists(self):
        italy = self._loaded()
        self.assertEqual((italy.sequence, italy.state, italy.display_name), (10, "good", "Trusted list: Italy"))
        self.assertEqual(italy.next_update, (NOW + 90 * DAY).replace(tzinfo=None))
        version = italy.current_id
        self.assertEqual((version.signer, version.services, version.address), ("AgID", 1, f"{self.server.url}/it.xml"))
        raw = version.attachment_id.raw
        self.assertEqual(raw, self.server.files["it.xml"])
        self.assertEqual(version.sha256, hashlib.sha256(raw).hexdigest())
        france = self.Elenco.search([("territory", "=", "FR")])
        self.assertFalse(france.enabled, "other countries are a choice")
        self.assertFalse(france._refresh())

    def test_same_bytes_again(self):
        italy = self._loaded()
        italy._refresh()
        self.assertEqual(len(italy.versione_ids), 1)

    def test_newer_supersedes(self):
        italy = self._loaded()
        first = italy.current_id
        self.assertEqual(self._offer(italy, listing(number=11)), "")
        self.assertEqual((first.state, italy.sequence), ("superseded", 11))
        self.assertEqual(first.superseded_on, italy.current_id.accepted_on)

    def test_from_a_file(self):
        italy = self.Elenco.create({"kind": "national", "territory": "IT", "own_address": False, "own_signers": self.agid.pem})
        wizard = self.env["pa.firma.elenco.carica"].create({"elenco_id": italy.id, "file": base64.b64encode(self.server.files["it.xml"])})
        wizard.action_load()
        self.assertEqual((italy.sequence, italy.current_id.address or ""), (10, ""))
        forged = base64.b64encode(self.france.sign(listing(number=12)))
        action = wizard.create({"elenco_id": italy.id, "file": forged}).action_load()
        self.assertEqual((action["params"]["type"], italy.sequence, italy.state), ("danger", 10, "good"))

    # Refusals -------------------------------------------------------------------------------------------------------

    def test_rollback(self):
        italy = self._loaded()
        self.assertIn("9", self._offer(italy, listing(self.qualified, number=9)))
        self.assertIn("10", self._offer(italy, listing(number=10)))
        self.assertTrue(self._offer(italy, listing(number=11, issued=NOW - 2 * DAY)))
        self.assertEqual(italy.sequence, 10)

    def test_signed_by_the_wrong_key(self):
        """Also by the one that the list of lists names for another country."""
        italy = self._loaded()
        for signer in (self.france, self.europe, Signer("AgID")):
            self.assertIn(signer.cert.fingerprint(hashes.SHA256()).hex(), self._offer(italy, listing(self.qualified, number=11), signer))
        self.assertEqual(italy.sequence, 10)

    def test_another_list_under_the_right_address(self):
        italy = self._loaded()
        self.assertIn("FR", self._offer(italy, listing(number=11, territory="FR")))
        self.assertTrue(self._offer(italy, lotl(number=11)))
        self.assertTrue(self.lotl._take(self.europe.sign(listing(number=11, territory="EU"))))

    def test_future(self):
        italy = self._loaded()
        self.assertTrue(self._offer(italy, listing(number=11, issued=NOW + 3 * DAY)))
        self.assertFalse(self._offer(italy, listing(number=11, issued=NOW + DAY / 2)), "clocks differ by less than a day")

    def test_garbage(self):
        italy = self._loaded()
        bomb = b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><TrustServiceStatusList xmlns='http://uri.etsi.org/02231/v2#'>&b;</TrustServiceStatusList>"
        for raw in (b"rubbish", b"<html/>", bomb, b"<a>" * 100_000, listing(number=11), self.server.files["it.xml"].replace(b"granted", b"withdrawn")):
            self.assertTrue(self._offer(italy, raw, False))
        self.assertEqual(italy.sequence, 10)
        count = len(italy.versione_ids)
        italy._take(b"rubbish")
        self.assertEqual(len(italy.versione_ids), count, "the same refused bytes are put on record once")

    def test_failures_leave_the_list_in_force(self):
        italy = self._loaded()
        del self.server.files["it.xml"]
        self.assertIn("404", italy._refresh())
        self.assertEqual((italy.state, italy.sequence), ("failed", 10))
        self.env["ir.config_parameter"].set_param("pa_firma.fetch_allowed", "")
        for address in (f"{self.server.url}/it.xml", "http://169.254.169.254/", "http://127.0.0.1/", "file:///etc/passwd", "http://localhost:8069/"):
            italy.own_address = address
            self.assertTrue(italy._refresh())
        self.assertEqual(len(italy.versione_ids), 1)

    def test_dropped_from_the_list_of_lists(self):
        italy = self._loaded()
        self.assertTrue(self.Elenco._accepted())
        self.assertEqual(self.lotl._take(self.europe.sign(lotl(self.named[1], number=2))), "")
        self.assertFalse(self.Elenco._accepted())
        self.assertTrue(italy._refresh())

    def test_signers_must_be_certificates(self):
        with self.assertRaises(ValidationError):
            self.lotl.own_signers = "rubbish"

    def test_known_signers_are_proposed(self):
        self.lotl.own_signers = False
        self.assertTrue(self.lotl._refresh(), "nobody is trusted by default")
        self.lotl.action_propose_signers()
        self.assertIn("SHA-256", self.lotl.signers_text)
        text = self.lotl.own_signers
        self.lotl.action_propose_signers()
        self.assertEqual(self.lotl.own_signers, text)

    # Telling --------------------------------------------------------------------------------------------------------

    def test_cron(self):
        self.Elenco._cron_refresh()
        italy = self._italy()
        self.assertEqual((self.lotl.sequence, italy.sequence), (1, 10))
        self.assertFalse(italy.activity_ids)
        del self.server.files["it.xml"]
        for _again in range(2):
            self.Elenco._cron_refresh()
        self.assertEqual(len(italy.activity_ids), 1)
        self.assertEqual(italy.activity_ids.user_id, self.lotl.user_id)
        self.server.files["it.xml"] = self.agid.sign(listing(number=11))
        self.Elenco._cron_refresh()
        self.assertFalse(italy.activity_ids)

    def test_past_its_date(self):
        self.server.files["it.xml"] = self.agid.sign(listing(self.qualified, number=10, until=NOW - DAY))
        self.Elenco._cron_refresh()
        italy = self._italy()
        self.assertEqual((italy.state, len(italy.activity_ids)), ("old", 1))
        report, facts = self._verified()
        self.assertTrue(facts["qualified"])
        self.assertIn("trusted_list_old", {item["code"] for item in report["warnings"]})

    # Verification ---------------------------------------------------------------------------------------------------

    def _verified(self, at=None):
        atto = self._at_signature()
        data = self._signed_outside(atto, self.responsabile)
        report = self.env["pa.firma.verifica"].with_user(self.istruttore)._report(atto.company_id, data, at=at)
        return report, report["signatures"][0]

    def test_verification_uses_the_lists(self):
        self.assertIsNone(self._verified()[1]["qualified"])
        italy = self._loaded()
        self.env["pa.firma.ancora"].search([]).unlink()
        report, facts = self._verified()
        self.assertEqual((facts["qualified"], facts["qualified_by"]), (True, "IT 10, Prestatore"))
        self._offer(italy, listing(service(self.pki.root, "withdrawn", NOW - DAY), number=11))
        self.assertEqual(self._verified()[0]["verdict"], "undetermined")
        italy.enabled = False
        self.assertIsNone(self._verified()[1]["qualified"])

    def test_as_the_lists_were(self):
        italy = self._loaded()
        self._offer(italy, listing(number=11))
        old, new = italy.versione_ids.sorted("id")
        day = fields.Datetime.now() - timedelta(days=5)
        self.env.cr.execute("UPDATE pa_firma_elenco_versione SET accepted_on = %s, superseded_on = %s WHERE id = %s", [day, day + timedelta(days=3), old.id])
        self.Versione.invalidate_model()

        def version(days):
            at = dt.datetime.now(dt.timezone.utc) - timedelta(days=days)
            return self.Elenco._accepted(at)[0].sha256

        self.assertEqual(version(4), old.compact_sha256)
        self.assertEqual(version(1), new.compact_sha256)
        self.assertEqual(version(400), new.compact_sha256, "before any: today's, which tells its own history")

    def test_qualified_signature_required(self):
        company = self.responsabile.company_id
        company.pa_firma_qualified_required = True
        atto = self._at_signature()
        data = base64.b64encode(self._signed_outside(atto, self.responsabile))
        with self.assertRaisesRegex(UserError, "qualified"):
            atto.with_user(self.responsabile)._my_step().action_sign_uploaded(data)
        self._loaded()
        atto.with_user(self.responsabile)._my_step().action_sign_uploaded(data)
        self.assertRecordValues(atto.sudo().firma_ids, [{"qualified": True, "qualified_by": "IT 10, Prestatore"}])

    def test_qualified_signature_required_by_the_type(self):
        atto = self._at_signature()
        atto.sudo().tipo_id.firma_qualified = True
        with self.assertRaisesRegex(UserError, "qualified"):
            self._sign(atto, self.responsabile)
        self.assertEqual(atto.current_kind, "firma")

    def test_revocation_must_be_known_where_the_body_says_so(self):
        self.responsabile.company_id.pa_firma_revocation_required = True
        atto = self._at_signature()
        with self.assertRaisesRegex(UserError, "revoked"):
            self._sign(atto, self.responsabile)

    # Rights ---------------------------------------------------------------------------------------------------------

    def test_nobody_without_rights(self):
        italy = self._loaded()
        for user in (self.istruttore, self.responsabile, self.segretario):
            mine = italy.with_user(user)
            version = italy.current_id.with_user(user)
            for call in (
                lambda mine=mine: mine.action_refresh(),
                lambda mine=mine: mine.action_propose_signers(),
                lambda mine=mine: mine.write({"own_address": "http://127.0.0.1/"}),
                lambda mine=mine: mine.read(["own_address"]),
                lambda mine=mine: mine.create({"kind": "national", "own_signers": self.france.pem}),
                lambda version=version: version.read(["reason"]),
                lambda mine=mine, user=user: mine.env["pa.firma.elenco.carica"].create({"elenco_id": mine.id}),
            ):
                with self.assertRaises(AccessError):
                    call()

    def test_what_the_administrator_cannot_forge(self):
        italy = self._loaded()
        consulente = new_test_user(self.env, "consulente.elenchi", groups="pa_atti.group_consulente")
        mine, version = italy.with_user(consulente), italy.current_id.with_user(consulente)
        for vals in ({"listed_signers": self.france.pem}, {"current_id": False}, {"territory": "FR"}, {"lotl_id": False}, {"error": ""}):
            with self.assertRaises(UserError):
                mine.write(vals)
        for call in (
            lambda: version.write({"state": "refused"}),
            lambda: version.unlink(),
            lambda: mine.unlink(),
            lambda: version.attachment_id.write({"raw": b"x"}),
            lambda: version.attachment_id.unlink(),
            lambda: version.create({"elenco_id": italy.id, "state": "in_force"}),
            lambda: version.read(["compact"]),
        ):
            with self.assertRaises(UserError):
                call()
        born = mine.create({"kind": "national", "territory": "IT", "current_id": version.id, "listed_signers": self.france.pem})
        self.assertFalse(born.sudo().current_id or born.sudo().listed_signers)
        self.assertEqual(mine.action_refresh()["params"]["type"], "success")
        self.lotl.with_user(consulente).action_refresh()
