import base64

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged

from ..tools import document, pades, sign_cms
from .common import PASSWORD, FirmaCommon, LogCatcher

CODE = "00743110157"


@tagged("post_install", "-at_install")
class TestSigillo(FirmaCommon, HttpCase):
    """The body's electronic seal: who may apply it, to what, and what it is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.pa_codice_fiscale = CODE
        cls.consulente = new_test_user(cls.env, "pa_consulente", "pa_atti.group_consulente", name="Consulente")
        cls.segretario.group_ids += cls.env.ref("pa_atti.group_segreteria")
        cls.sigillo = cls._seal(cls.segretario)

    @classmethod
    def _seal_file(cls, code=CODE, name="Comune di Prova"):
        return cls.pki.issue_seal(name, f"VATIT-{code}", PASSWORD, kind="ec")

    @classmethod
    def _seal(cls, users, data=None):
        Sigillo = cls.env["pa.firma.sigillo"].with_user(cls.consulente)
        return Sigillo._enroll(cls.company, "Sigillo", users, PASSWORD, data or cls._seal_file()).sudo()

    def _concluded(self):
        atto = self._at_signature("tipo_determina")
        self._sign(atto, self.responsabile)
        return atto, atto.sudo().documento_ids.filtered(lambda d: d.kind == "firmato")

    def _apply(self, documento, user=None, password=PASSWORD):
        user = user or self.segretario
        return documento.browse(documento.with_user(user).apply_seal(self.sigillo.id, password))

    def test_copy_is_sealed_and_is_said_to_be_of_the_body(self):
        _atto, signed = self._concluded()
        self.assertTrue(signed.with_user(self.segretario).can_seal)
        self.assertFalse(signed.with_user(self.responsabile).can_seal)
        with LogCatcher() as log:
            copy = self._apply(signed)
        self.assertNotIn(PASSWORD.encode(), log.stream.getvalue())
        self.assertEqual((copy.kind, copy.derived_from_id, copy._bytes().startswith(signed._bytes())), ("sigillato", signed, True))
        self.assertRecordValues(copy.sudo().firma_ids, [{
            "seal": True, "signer": "Comune di Prova", "codice_fiscale": "", "user_id": self.segretario.id, "level": "B-T",
            "verdict": "valid",
        }])  # fmt: skip
        report = copy._verify_any()
        self.assertEqual((report["verdict"], [f["seal"] for f in report["signatures"]]), ("valid", [False, True]))
        panel = copy.with_user(self.segretario).with_context(lang="it_IT").action_verify()
        body = self.env["pa.firma.verdetto"].with_context(lang="it_IT").browse(panel["res_id"]).body
        self.assertIn("Sigillo elettronico", body)
        self.assertIn(CODE, body)
        with self.assertRaises(UserError):  # one copy is enough
            self._apply(signed)
        with self.assertRaises(UserError):
            self._apply(copy)

    def test_in_the_browser(self):
        atto, signed = self._concluded()
        self.start_tour(f"/odoo/action-pa_atti.action_scrivania/{atto.id}", "pa_firma_seal", login="pa_segretario")
        self.assertEqual(signed.sudo()._sealed_copies().firma_ids.user_id, self.segretario)

    def test_who_may(self):
        _atto, signed = self._concluded()
        for user in (self.responsabile, self.istruttore, self.consulente):
            with self.assertRaises(AccessError):
                self._apply(signed, user)
        with self.assertRaises(UserError):
            self._apply(signed, password="sbagliata")
        self.sigillo.with_user(self.consulente).write({"active": False})
        with self.assertRaises(AccessError):
            self._apply(signed)
        self.assertFalse(signed.sudo()._sealed_copies())

    def test_only_what_is_concluded(self):
        atto = self._at_signature()
        with self.assertRaises(UserError):
            self._apply(atto.sudo()._official_document())

    def test_person_is_no_seal_and_other_bodies_neither(self):
        with self.assertRaises(UserError):
            self._seal(self.segretario, self._key_file(self.responsabile))
        with self.assertRaises(UserError):
            self._seal(self.segretario, self._seal_file("01234567897"))
        self.company.pa_codice_fiscale = "01234567897"
        _atto, signed = self._concluded()
        with self.assertRaises(UserError):  # it was ours when it was added, it is not now
            self._apply(signed)
        self.company.pa_codice_fiscale = False
        with self.assertRaises(UserError):
            self._seal(self.segretario)
        with self.assertRaises(ValidationError):
            self.company.pa_codice_fiscale = "00743110158"

    def test_seal_signs_for_nobody(self):
        """Not as a way to sign, not in an uploaded file, not even with the person's own code in it."""
        with self.assertRaises(UserError):
            self.env["pa.firma.dispositivo"].with_user(self.responsabile)._enroll(self.responsabile, "x", self._seal_file(), PASSWORD)
        atto = self._at_signature()
        given = atto.sudo()._official_document()._bytes()
        seal = pades.sign_pdf(given, pades.load_key_file(self._seal_file(), PASSWORD))
        step = atto.with_user(self.responsabile)._my_step()
        for code in (self.responsabile.pa_codice_fiscale, CODE):
            self.responsabile.pa_codice_fiscale = code  # a provisional codice fiscale has eleven digits too
            with self.assertRaises(UserError) as refusal:
                step.action_sign_uploaded(base64.b64encode(seal))
            self.assertIn("Comune di Prova", str(refusal.exception))
        self.assertEqual(atto.current_kind, "firma")

    def test_attacks(self):
        seal = self.sigillo
        for user in (self.segretario, self.responsabile):
            for vals in ({"user_ids": [(4, user.id)]}, {"key_file": "eA=="}, {"name": "x"}):
                with self.assertRaises(UserError):
                    seal.with_user(user).write(vals)
            with self.assertRaises(AccessError):
                seal.with_user(user).read(["key_file"])
            with self.assertRaises(AccessError):
                self.env["pa.firma.sigillo"].with_user(user)._enroll(self.company, "x", user, PASSWORD, self._seal_file())
        for vals in ({"key_file": "eA=="}, {"body_code": "1"}, {"company_id": False}):
            with self.assertRaises(UserError):
                seal.with_user(self.consulente).write(vals)
        with self.assertRaises(UserError):
            seal.with_user(self.consulente).create({"name": "x"})

    def test_report_is_sealed(self):
        _atto, signed = self._concluded()
        self.segretario.password = "segretario-prova"
        action = signed.with_user(self.segretario).action_verify()
        panel = self.env["pa.firma.verdetto"].with_user(self.segretario).browse(action["res_id"])
        self.assertEqual(panel.sigillo_id, self.sigillo)
        with self.assertRaises(AccessError):
            panel.write({"sealed": "eA=="})
        panel.report = {**panel.report, "verdict": "not_valid"}
        url = panel.action_seal_report(PASSWORD)["url"]
        self.env.flush_all()
        self.authenticate("pa_segretario", "segretario-prova")
        data = self.url_open(url).content
        report = document.verify_document(data, trust=[self.pki.root_pem])
        self.assertEqual((report["verdict"], report["signatures"][0]["format"], report["signatures"][0]["seal"]), ("valid", "XAdES", True))
        self.assertIn("total-passed", etree.fromstring(data).findtext(".//{*}MainIndication"))
        panel.sigillo_id = False
        with self.assertRaises(UserError):
            panel.action_seal_report(PASSWORD)


@tagged("post_install", "-at_install")
class TestMarca(FirmaCommon):
    """Detached timestamps."""

    def _document(self):
        atto = self._draft()
        return atto, atto.documento_ids.browse(atto.add_attachment("a.txt", base64.b64encode(b"testo"), "riservato"))

    def test_stored_once_and_shown(self):
        _atto, documento = self._document()
        served = self.tsa.requests
        action = documento.with_user(self.istruttore).action_timestamp()
        stamp = documento._timestamps()
        self.assertEqual((stamp.name, stamp.kind, stamp.visibility), ("a.txt.tsr", "marca", "riservato"))
        self.assertEqual(action["res_model"], "pa.firma.verdetto")
        documento.with_user(self.istruttore).action_timestamp()
        self.assertEqual((self.tsa.requests, documento._timestamps()), (served + 1, stamp))
        self.assertEqual(stamp._verify_any()["verdict"], "valid")
        with self.assertRaises(UserError):
            stamp.with_user(self.istruttore).action_timestamp()

    def test_proves_when_a_signature_existed(self):
        atto, documento = self._document()
        data = pades.load_key_file(self._key_file(self.istruttore), PASSWORD)
        signed = atto.documento_ids.browse(atto.add_attachment("b.p7m", base64.b64encode(sign_cms.sign_cms(b"testo", data))))
        self.assertFalse(signed._verify_any()["signatures"][0]["proved_time"])
        signed.with_user(self.istruttore).action_timestamp()
        self.assertTrue(signed._verify_any()["signatures"][0]["proved_time"])
        action = signed.with_user(self.istruttore).with_context(lang="it_IT").action_verify()
        self.assertIn("Demo TSA", self.env["pa.firma.verdetto"].with_context(lang="it_IT").browse(action["res_id"]).body)

    def test_who_may_and_what_is_not_stored(self):
        atto, documento = self._document()
        with self.assertRaises(AccessError):
            documento.with_user(self.estraneo).action_timestamp()
        self.env["pa.firma.ancora"].search([]).unlink()
        with self.assertRaises(UserError):  # nobody trusts this authority
            documento.with_user(self.istruttore).action_timestamp()
        self.env["ir.config_parameter"].set_param("pa_firma.tsa_url", "")
        with self.assertRaises(UserError):
            documento.with_user(self.istruttore).action_timestamp()
        self.assertFalse(documento._timestamps())

    def test_stays_in_force_with_its_attachment(self):
        atto, documento = self._document()
        documento.with_user(self.istruttore).action_timestamp()
        atto.action_start()
        page = atto.sudo()._official_document()
        page.with_user(self.istruttore).action_timestamp()
        atto.with_user(self.responsabile)._my_step().action_return("Da rivedere")
        self.assertFalse(documento._timestamps().superseded)
        self.assertTrue(page.superseded and page._timestamps().superseded)
