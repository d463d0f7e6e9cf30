import base64
import datetime as dt
import hashlib
import time
from datetime import timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from psycopg2.errors import UniqueViolation
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models import rete, revoca
from ..tools import online, pades
from ..tools.pki_authority import LoopbackAuthority
from .common import PASSWORD, FirmaCommon

DER = serialization.Encoding.DER


@tagged("post_install", "-at_install")
class TestRevoca(FirmaCommon):
    """Authorities that certificates name are asked, through the guarded client, and believed only when they prove it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = LoopbackAuthority(cls.pki)
        cls.addClassCleanup(cls.authority.close)
        cls.env["ir.config_parameter"].set_param("pa_firma.fetch_allowed", cls.authority.host)
        cls.key_file_data = cls._key_file(cls.responsabile)
        _key, cls.cert, _chain = pkcs12.load_key_and_certificates(cls.key_file_data, PASSWORD.encode())
        cls.der, cls.root_der = cls.cert.public_bytes(DER), cls.pki.root.public_bytes(DER)
        cls.Revoca = cls.env["pa.firma.revoca"]

    def setUp(self):
        super().setUp()
        self.authority.revoked, self.authority.behaviour, self.authority.without = {}, "", set()
        self.authority.requests.clear()

    def _revoke(self):
        self.authority.revoked[self.cert.serial_number] = dt.datetime.now(dt.timezone.utc) - timedelta(days=1)

    def _signed(self, atto):
        signer = pades.load_key_file(self.key_file_data, PASSWORD)
        return pades.sign_pdf(atto.sudo()._official_document()._bytes(), signer)

    def _facts(self, atto=None):
        atto = atto or self._at_signature()
        report = self.env["pa.firma.verifica"]._report(atto.company_id, self._signed(atto))
        return report, report["signatures"][0]

    def test_answers_are_asked_once(self):
        found = self.Revoca._evidence([self.der])
        self.assertEqual((len(found["ocsps"]), len(found["crls"]), found["certs"]), (1, 0, []))
        self.assertEqual(self.authority.requests, ["ocsp"])
        self.assertEqual(self.Revoca._evidence([self.der]), found)
        self.assertEqual(self.authority.requests, ["ocsp"])
        row = self.Revoca.search([])
        self.assertEqual((row.kind, row.revoked, row.sha256), ("ocsp", False, hashlib.sha256(found["ocsps"][0]).hexdigest()))
        row.write({"fetched_on": fields.Datetime.now() - timedelta(hours=2)})
        self.Revoca._evidence([self.der])
        self.assertEqual(self.authority.requests, ["ocsp", "ocsp"])

    def test_lists_are_shared(self):
        self.authority.without = {"ocsp"}
        _key, other, _chain = pkcs12.load_key_and_certificates(self._key_file(self.finanziario), PASSWORD.encode())
        first = self.Revoca._evidence([self.der])
        second = self.Revoca._evidence([other.public_bytes(DER)])
        self.assertEqual((len(first["crls"]), first["ocsps"]), (1, []))
        self.assertEqual(first["crls"], second["crls"])
        self.assertEqual(self.authority.requests.count("crl"), 1)

    def test_issuer_at_the_address_that_the_certificate_names(self):
        self.env["pa.firma.ancora"].search([]).unlink()
        found = self.Revoca._evidence([self.der])
        self.assertEqual(found["certs"], [self.root_der])
        self.assertEqual(self.authority.requests, ["issuer", "ocsp"])

    def test_good(self):
        report, facts = self._facts()
        self.assertEqual((report["verdict"], facts["revocation"]), ("valid", "good"))
        self.assertNotIn("chains", report)

    def test_revoked(self):
        self._revoke()
        for without in (set(), {"ocsp"}):
            self.Revoca.search([]).unlink()
            self.authority.without = without
            report, facts = self._facts()
            self.assertEqual((report["verdict"], facts["revocation"]), ("not_valid", "revoked"))

    def test_revoked_signature_is_refused(self):
        self._revoke()
        atto = self._at_signature()
        with self.assertRaisesRegex(UserError, "(?i)revoked|revocato"):
            self._upload(atto, self._signed(atto))
        self.assertEqual(atto.current_kind, "firma")
        self.authority.revoked = {}
        self.Revoca.search([]).unlink()
        self._upload(atto, self._signed(atto))
        self.assertEqual(atto.sudo().firma_ids.weaknesses, "Declared as qualified, not confirmed by a trusted list.")

    def _upload(self, atto, data):
        atto.with_user(self.responsabile)._my_step().action_sign_uploaded(base64.b64encode(data))

    def test_when_nothing_can_be_known(self):
        """A warning; a refusal where the body wants certainty."""
        for behaviour in ("unknown", "old", "future", "garbage", "error", "refuse"):
            self.authority.behaviour = behaviour
            self.authority.without = {"crl"}
            self.Revoca.search([]).unlink()
            report, facts = self._facts()
            self.assertEqual((report["verdict"], facts["revocation"]), ("valid", "not_checked"), behaviour)
            self.assertIn("revocation", {item["code"] for item in facts["warnings"]})
            self.assertTrue(self.Revoca.search([("kind", "=", "ocsp")]).error, behaviour)

    def test_who_does_not_answer_is_left_alone_for_a_while(self):
        self.authority.behaviour = "error"
        self.Revoca._evidence([self.der])
        asked = list(self.authority.requests)
        self.Revoca._evidence([self.der])
        self.assertEqual(self.authority.requests, asked)
        self.Revoca.search([]).write({"failed_on": fields.Datetime.now() - timedelta(minutes=6)})
        self.authority.behaviour = ""
        self.assertEqual(len(self.Revoca._evidence([self.der])["ocsps"]), 1)

    def test_last_good_answer_serves_until_it_expires(self):
        found = self.Revoca._evidence([self.der])
        self.Revoca.search([]).write({"fetched_on": fields.Datetime.now() - timedelta(hours=2)})
        self.authority.behaviour = "error"
        self.assertEqual(self.Revoca._evidence([self.der])["ocsps"], found["ocsps"])
        past = fields.Datetime.now() - timedelta(minutes=1)
        self.Revoca.search([]).write({"next_update": past, "failed_on": False})
        self.assertFalse(self.Revoca._evidence([self.der])["ocsps"])

    def test_addresses_inside_are_not_followed(self):
        self.env["ir.config_parameter"].set_param("pa_firma.fetch_allowed", "")
        _report, facts = self._facts()
        self.assertEqual((facts["revocation"], self.authority.requests), ("not_checked", []))

    def test_nothing_is_asked_where_it_is_off(self):
        self.env["ir.config_parameter"].set_param("pa_firma.revocation_online", "False")
        _report, facts = self._facts()
        self.assertEqual((facts["revocation"], self.authority.requests), ("not_checked", []))

    def test_nobody_writes_the_store(self):
        self.Revoca._evidence([self.der])
        row = self.Revoca.search([])
        for user in (self.istruttore, self.responsabile, self.segretario):
            for call in (
                lambda mine: mine.write({"revoked": False}),
                lambda mine: mine.unlink(),
                lambda mine: mine.create({"kind": "ocsp", "key": "x"}),
                lambda mine: mine.read(["subject"]),
            ):
                with self.assertRaises(AccessError):
                    call(row.with_user(user))
        consulente = new_test_user(self.env, "consulente.revoca", groups="pa_atti.group_consulente")
        self.assertEqual(row.with_user(consulente).subject, self.responsabile.name)
        for call in (lambda mine: mine.read(["data"]), lambda mine: mine.write({"revoked": True}), lambda mine: mine.unlink()):
            with self.assertRaises(AccessError):
                call(row.with_user(consulente))

    def test_low_rights_user_verifies_online(self):
        atto = self._at_signature()
        Verifica = self.env["pa.firma.verifica"].with_user(self.istruttore)
        report = Verifica._report(atto.company_id, self._signed(atto))
        self.assertEqual(report["signatures"][0]["revocation"], "good")

    def test_no_transaction_is_open_while_waiting(self):
        seen = []
        with self.registry.cursor() as cr:
            env = self.env(cr=cr)
            env["res.users"].search_count([])

            def fetched(*_args, **_options):
                seen.append(cr._cnx.info.transaction_status)
                return b"x"

            self.patch(rete.fetch, "fetch", fetched)
            env["pa.firma.revoca"]._outside("http://example.org/", time.monotonic() + 5)
        self.assertEqual(seen, [TRANSACTION_STATUS_IDLE])

    def test_two_processes_store_the_same(self):
        """The loser has its answer anyway; inside somebody's transaction, that one is repeated."""

        def lost(_env):
            raise UniqueViolation

        self.patch(revoca, "own_transaction", lost)
        with self.registry.cursor() as cr:
            self.env(cr=cr)["pa.firma.revoca"]._keep("ocsp", "x", {})
        with self.assertRaises(UniqueViolation):
            self.Revoca._keep("ocsp", "x", {})

    def test_rubbish_is_not_stored_as_an_issuer(self):
        self.env["pa.firma.ancora"].search([]).unlink()
        self.authority.behaviour = "garbage"
        self.assertEqual(self.Revoca._evidence([self.der])["certs"], [])
        row = self.Revoca.search([])
        self.assertEqual((row.kind, row._bytes(), bool(row.error)), ("cert", b"", True))

    def test_old_rows_go(self):
        self.Revoca._evidence([self.der])
        self.env.cr.execute("UPDATE pa_firma_revoca SET write_date = now() - interval '31 days'")
        self.Revoca.invalidate_model()
        self.Revoca._gc_old()
        self.assertFalse(self.Revoca.search([]))

    def test_hostile_certificates_ask_nothing(self):
        for der in (b"", b"rubbish", self.der[:100]):
            self.assertEqual(self.Revoca._evidence([der]), {"ocsps": [], "crls": [], "certs": []})
        self.assertEqual(self.authority.requests, [])
        self.assertEqual(online.ask(b"x")["error"], "malformed")
