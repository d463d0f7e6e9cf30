import base64
import json
import subprocess
import sys
from pathlib import Path

from odoo import api
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..tools import pades, sign_cms
from .common import PASSWORD, Card, FirmaCommon, LogCatcher

SERVED = Path(__file__).resolve().parents[3] / "agent" / "tests" / "served.py"


@tagged("post_install", "-at_install")
class TestAgente(FirmaCommon, HttpCase):
    """The person's own card: Chromium, the agent as a process on loopback, a PKCS#11 token, and the server that verifies."""

    def _agent(self, user, pins=(), **options):
        """The agent's process, with a card of this user; `.port`, `.pin`, `.asked()`."""
        blob = self.pki.issue(user.name, user.pa_codice_fiscale, PASSWORD, **{"kind": "rsa"} | options)
        process = subprocess.Popen(
            [sys.executable, str(SERVED)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

        def end():
            process.kill()
            process.communicate()

        self.addCleanup(end)
        order = {"p12": base64.b64encode(blob).decode(), "password": PASSWORD, "pins": list(pins)}
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        facts = json.loads(process.stdout.readline())
        self.env["ir.config_parameter"].set_param("pa_firma.agent_port", facts["port"])
        self.pin, self.certificate = facts["pin"], facts["certificate"]
        return process

    def _asked(self, process):
        """What the person was asked, once the agent has ended."""
        process.kill()
        return [json.loads(line) for line in process.stdout.read().splitlines()]

    def _tour(self, name, path):
        self.start_tour(path, name, login="pa_responsabile", timeout=120)

    def _my_card(self):
        return self.env["pa.firma.dispositivo"].search(
            [("user_id", "=", self.responsabile.id), ("kind", "=", "agent")]
        )

    def test_two_acts_signed_with_the_card(self):
        """Paired, enrolled, then two acts with one PIN: what is stored verifies, and the PIN is nowhere."""
        self.dispositivi.filtered(lambda d: d.user_id == self.responsabile).active = False
        process = self._agent(self.responsabile)
        with LogCatcher() as log:
            self._tour("pa_firma_agent_enroll", "/odoo/action-pa_firma.action_dispositivo")
            card = self._my_card()
            self.assertEqual(card.codice_fiscale, self.responsabile.pa_codice_fiscale)
            atti = [self._at_signature("tipo_determina", oggetto=f"Atto {n}") for n in range(3)]
            given = [atto.sudo().current_passo_ids._firma_base().sha256 for atto in atti]
            self._tour("pa_firma_agent_libro", "/odoo/libro-firma")
        self.assertEqual([atto.esecutiva for atto in atti], [True, False, True])
        for atto in (atti[0], atti[2]):
            firma = atto.sudo().firma_ids
            self.assertEqual((firma.verdict, firma.level), ("valid", "B-T"))
            self.assertEqual(firma.codice_fiscale, self.responsabile.pa_codice_fiscale)
            report = firma.documento_id._verify(original=firma.documento_id.derived_from_id._bytes())
            self.assertEqual((report["verdict"], report["matches_original"]), ("valid", True), report["reasons"])
            [made] = report["signatures"]
            self.assertEqual(made["certificate_sha256"], card.certificate_sha256)
        pair, certificates, sign = self._asked(process)
        self.assertEqual({pair["origin"], certificates["origin"], sign["origin"]}, {self.base_url()})
        self.assertRegex(pair["code"], r"^\d{6}$")
        # the agent computed these from what it was sent, and they are those of the documents shown
        shown = [(document["document_sha256"], document["checked"]) for document in sign["documents"]]
        self.assertEqual(shown, [(given[0], True), (given[2], True)])
        self.assertIn("Atto 0", sign["documents"][0]["name"])
        self.env.flush_all()
        self.assertEqual(self._columns_with(self.pin), [])
        self.assertGreater(len(log.stream.getvalue()), 1000)
        self.assertNotIn(self.pin.encode(), log.stream.getvalue())

    def test_dialog_wrong_pin_refusal_then_signed(self):
        """Three wrong PINs, then a refusal, then the right one: the act waits until then."""
        self._enrolled_card(["1111", "1111", "1111", None])
        atto = self._at_signature("tipo_determina")
        self._tour("pa_firma_agent_dialog", f"/odoo/action-pa_atti.action_scrivania/{atto.id}")
        self.assertEqual((atto.sudo().firma_ids.verdict, atto.esecutiva), ("valid", True))
        self.assertEqual(atto.sudo().firma_ids.user_id, self.responsabile)

    def test_one_that_goes_away_meanwhile_does_not_stop_the_others(self):
        """After what is to be signed was prepared, and before the card signs."""
        process = self._enrolled_card()
        atti = [self._at_signature("tipo_determina", oggetto=f"Atto {n}") for n in range(3)]
        Libro = type(self.env["pa.firma.libro"])
        told = Libro.prepared_content

        @api.model
        def gone(libro, richiesta_id):
            if libro.env["pa.firma.richiesta"].sudo().browse(richiesta_id).atto_id == atti[1]:
                raise UserError("Ritirato nel frattempo")  # pylint: disable=translation-required
            return told(libro, richiesta_id)

        self.patch(Libro, "prepared_content", gone)
        self._tour("pa_firma_agent_one_withdrawn", "/odoo/libro-firma")
        self.assertEqual([atto.esecutiva for atto in atti], [True, False, True])
        self.assertEqual(len(self._asked(process)[-1]["documents"]), 2)

    def _enrolled_card(self, pins=()):
        self.dispositivi.filtered(lambda d: d.user_id == self.responsabile).active = False
        process = self._agent(self.responsabile, pins)
        self._tour("pa_firma_agent_enroll", "/odoo/action-pa_firma.action_dispositivo")
        return process

    def test_agent_that_is_not_running_and_another_card(self):
        process = self._enrolled_card()
        process.kill()
        process.wait()
        atti = [self._at_signature("tipo_determina", oggetto=f"Atto {n}") for n in range(2)]
        self._tour("pa_firma_agent_off", "/odoo/libro-firma")
        self._agent(self.responsabile)  # same person, another key
        self._tour("pa_firma_agent_other_card", "/odoo/libro-firma")
        self.assertFalse(any(atto.esecutiva for atto in atti))
        self.assertFalse(self.env["pa.firma"].search([("atto_id", "in", [atto.id for atto in atti])]))

    def test_content_is_told_to_who_prepared_it(self):
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(self.responsabile)
        card = Dispositivo.browse(Dispositivo.enroll_card("Tessera", Card(self.pki, self.responsabile).certificate))
        atto = self._at_signature("tipo_determina")
        libro = self.env["pa.firma.libro"].with_user(self.responsabile)
        [facts] = libro.prepare(atto.current_passo_ids.ids, card.id)
        told = libro.prepared_content(facts["richiesta_id"])
        given = atto.sudo().current_passo_ids._firma_base()._bytes()
        content = base64.b64decode(told["content"])
        self.assertEqual((content[: told["document_size"]], told["certificate_sha256"]), (given, card.certificate_sha256))
        self.assertGreater(len(content), len(given))
        for user, request in ((self.finanziario, facts["richiesta_id"]), *((self.responsabile, x) for x in (0, 2**40, "1", None, [1]))):
            with self.assertRaises(UserError):
                self.env["pa.firma.libro"].with_user(user).prepared_content(request)

    def test_attachment_signed_with_the_card(self):
        """A text, as .p7m: the hash that the agent computed is that of the attachment."""
        atto = self._draft()
        original = self._attached(atto, "relazione.txt", b"La relazione tecnica.")
        process = self._agent(self.istruttore)
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(self.istruttore)
        Dispositivo.enroll_card("Tessera", self.certificate)
        self.start_tour(
            f"/odoo/action-pa_atti.action_scrivania/{atto.id}", "pa_firma_agent_file", login="pa_istruttore", timeout=120
        )
        signed = original._file_base()
        self.assertEqual((signed.name, signed.sudo().firma_ids.verdict), ("relazione.txt.p7m", "valid"))
        [document] = self._asked(process)[-1]["documents"]
        self.assertEqual((document["document_sha256"], document["checked"]), (original.sha256, True))

    def _attached(self, atto, name, data):
        ids = atto.add_attachment(name, base64.b64encode(data))
        return atto.documento_ids.browse(ids).with_user(self.istruttore)

    def test_what_the_signature_of_an_attachment_covers(self):
        atto = self._draft()
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(self.istruttore)
        card = Dispositivo.enroll_card("Tessera", Card(self.pki, self.istruttore).certificate)
        Libro = self.env["pa.firma.libro"].with_user(self.istruttore)
        contractor = pades.load_key_file(self.pki.issue("Ditta Verdi", "VRDLGI75C05F205Q", "x"), "x")
        text = self._attached(atto, "a.txt", b"testo")
        envelope = self._attached(atto, "b.txt.p7m", sign_cms.sign_cms(b"testo", contractor))
        xml = self._attached(atto, "c.xml", b"<a/>")
        for document, form, content in ((text, "cades", b"testo"), (envelope, False, b""), (xml, "cades", b"<a/>")):
            facts = document.prepare_file_signature(card, form)
            told = Libro.prepared_content(facts["richiesta_id"])
            self.assertEqual(base64.b64decode(told["content"]), content)
        facts = xml.prepare_file_signature(card)
        with self.assertRaises(UserError):
            Libro.prepared_content(facts["richiesta_id"])

    def test_port(self):
        Dispositivo = self.env["pa.firma.dispositivo"].with_user(self.responsabile)
        parameters = self.env["ir.config_parameter"]
        for text, port in (("", 8717), ("9000", 9000), ("0", 8717), ("99999", 8717), ("x", 8717)):
            parameters.set_param("pa_firma.agent_port", text)
            self.assertEqual(Dispositivo.agent_port(), port)
