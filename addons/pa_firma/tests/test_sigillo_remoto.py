import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ..tools.csc_service import TrainingService
from .common import PASSWORD, FirmaCommon, LogCatcher

CODE, PIN, WORD, OTP = "00743110157", "pin-246813579", "parola-del-conto-77", "otp-1357924680"


class SigilloRemotoCommon(FirmaCommon):
    """The body's seal is at a remote service on loopback."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.pa_codice_fiscale = CODE
        cls.consulente = new_test_user(cls.env, "pa_consulente", "pa_atti.group_consulente", name="Consulente")
        cls.segretario.group_ids += cls.env.ref("pa_atti.group_segreteria")
        cls.service = TrainingService(client=("comune", "segreto-del-comune"))
        cls.addClassCleanup(cls.service.close)
        cls.account = cls.service.add("comune", cls._seal_file(), PASSWORD, password=WORD, pin=PIN)
        cls.fornitore = cls.env["pa.firma.fornitore"].create({"name": "Prova", "url": cls.service.url("v1")})
        cls.sigillo = cls._seal()

    def setUp(self):
        super().setUp()
        self.service.fault = lambda method, content: None
        self.account.wrong, self.account.multisign = 0, 10
        self.service.calls.clear()
        self.service.authorizations = 0

    @classmethod
    def _seal_file(cls, code=CODE, name="Comune di Prova"):
        return cls.pki.issue_seal(name, f"VATIT-{code}", PASSWORD, kind="ec")

    @classmethod
    def _seal(cls, account="comune", **options):
        Sigillo = cls.env["pa.firma.sigillo"].with_user(cls.consulente)
        return Sigillo._enroll_remote(cls.company, "Sigillo remoto", cls.segretario, cls.fornitore, account, WORD, **options).sudo()

    def _code(self):
        self.sigillo.with_user(self.segretario).send_code(WORD)
        return self.account.codes[-1]

    def _concluded(self, **vals):
        atto = self._at_signature("tipo_determina", **vals)
        self._sign(atto, self.responsabile)
        return atto.sudo().documento_ids.filtered(lambda d: d.kind == "firmato")

    def _apply_all(self, documenti, pin=PIN, otp=None):
        seal = self.env["pa.firma.sigillatura"].with_user(self.segretario).seal
        outcomes = seal(documenti.ids, self.sigillo.id, pin, self._code() if otp is None else otp, WORD)
        self.assertEqual([outcome["documento_id"] for outcome in outcomes], documenti.ids)
        return [outcome["state"] for outcome in outcomes]

    def _known_code(self):
        """What the service sends becomes known to the tour."""

        def known(method, _content):
            if method == "credentials/authorize":
                self.account.codes[:] = [OTP]

        self.service.fault = known


@tagged("post_install", "-at_install")
class TestSigilloRemoto(SigilloRemotoCommon):
    def test_copy_is_sealed_with_pin_and_code_in_both_versions(self):
        for version in ("v1", "v2"):
            self.fornitore.write({"version": version, "url": self.service.url(version)})
            sigillo, signed = self._seal(), self._concluded(oggetto=version)
            self.assertRecordValues(sigillo, [{"kind": "remote", "credential": "CRED-comune", "code_kind": "online", "body_code": CODE}])
            self.assertEqual(sigillo._described()["asks"], ["account_password", "password", "otp"])
            copy = signed.browse(signed.with_user(self.segretario).apply_seal(sigillo.id, PIN, self._code(), WORD))
            self.assertTrue(copy._bytes().startswith(signed._bytes()))
            report = copy._verify_any()
            self.assertEqual((report["verdict"], [f["seal"] for f in report["signatures"]]), ("valid", [False, True]))
            self.assertRecordValues(copy.sudo().firma_ids, [{"seal": True, "level": "B-T", "user_id": self.segretario.id}])
        self.assertEqual(self.service.authorizations, 2)

    def test_only_this_bodys_seal_is_enrolled(self):
        self.service.add("altro", self._seal_file("01234567897"), PASSWORD, password=WORD)
        self.service.add("resp", self._key_file(self.responsabile), PASSWORD, password=WORD)
        for account, options in (("altro", {}), ("resp", {}), ("altro", {"credential": "CRED-altro"}), ("resp", {"credential": "CRED-resp"})):
            with self.assertRaises(UserError):
                self._seal(account, **options)
        for user in (self.segretario, self.responsabile):
            with self.assertRaises(AccessError):
                self.sigillo.with_user(user)._enroll_remote(self.company, "x", user, self.fornitore, "comune", WORD)
        for vals in ({"account": "x"}, {"credential": "x"}, {"fornitore_id": False}, {"code_kind": False}):
            with self.assertRaises(UserError):
                self.sigillo.with_user(self.consulente).write(vals)

    def test_who_may_send_the_code_and_apply(self):
        signed = self._concluded()
        for user in (self.responsabile, self.consulente):
            with self.assertRaises(AccessError):
                self.sigillo.with_user(user).send_code(WORD)
            with self.assertRaises(AccessError):
                signed.with_user(user).apply_seal(self.sigillo.id, PIN, "1", WORD)
        self.assertFalse(self.service.authorizations)

    def test_wrong_pin_or_code_seals_nothing_and_can_be_tried_again(self):
        signed = self._concluded()
        for pin, otp in (("1", None), (PIN, "000000"), ("", None), (PIN, "")):
            with self.assertRaises(UserError):
                signed.with_user(self.segretario).apply_seal(self.sigillo.id, pin, self._code() if otp is None else otp, WORD)
        self.assertFalse(signed._sealed_copies())
        self.assertEqual(self._apply_all(signed), ["signed"])

    def test_many_with_one_code(self):
        """One that cannot be sealed does not stop the others; one that has its copy is not sealed again."""
        done, *others = [self._concluded(oggetto=f"Atto {n}") for n in range(4)]
        self._apply_all(done)
        running = self._at_signature().sudo()._official_document()
        documenti = done + others[0] + running + others[1] + others[2]
        self.assertEqual(self._apply_all(documenti), ["signed", "signed", "refused", "signed", "signed"])
        self.assertEqual([len(documento._sealed_copies()) for documento in documenti], [1, 1, 0, 1, 1])
        self.assertEqual(self.service.authorizations, 2)

    def test_more_than_one_code_gives(self):
        self.account.multisign = 2
        documenti = self.env["pa.atto.documento"].concat(*(self._concluded(oggetto=f"Atto {n}") for n in range(3)))
        self.assertEqual(self._apply_all(documenti), ["signed", "signed", "waiting"])
        self.assertEqual(self._apply_all(documenti), ["signed"] * 3)
        self.assertEqual(self.service.authorizations, 2)

    def test_same_bytes_twice_in_a_batch(self):
        """The same annex of two acts: the second is sealed after the first, with a code of its own."""
        documenti = self.env["pa.atto.documento"].concat(*(self._annex(f"Atto {n}") for n in range(3)), self._concluded())
        other = documenti[3]
        seal = self.env["pa.firma.sigillatura"].with_user(self.segretario).seal
        outcomes = seal(documenti.ids, self.sigillo.id, PIN, self._code(), WORD)
        self.assertEqual([outcome["state"] for outcome in outcomes], ["signed", "waiting", "waiting", "signed"], outcomes)
        self.assertIn("same bytes", outcomes[1]["message"])
        self.assertEqual(self._apply_all(documenti[1] + other), ["signed"] * 2)
        local = self.env["pa.firma.sigillo"].with_user(self.consulente)
        local = local._enroll(self.company, "Sigillo", self.segretario, PASSWORD, self._seal_file())
        more = documenti[2] + self._annex("Altro") + self._concluded(oggetto="Diverso")
        outcomes = seal(more.ids, local.id, PASSWORD)
        self.assertEqual([(outcome["documento_id"], outcome["state"]) for outcome in outcomes], [(item, "signed") for item in more.ids])
        self.assertEqual([len(documento._sealed_copies()) for documento in documenti + more], [1] * 7)

    def _annex(self, oggetto):
        atto = self._draft("tipo_determina", oggetto=oggetto)
        ids = atto.add_attachment("allegato.txt", base64.b64encode(b"Lo stesso allegato."))
        atto.action_start()
        self._sign(atto, self.responsabile)
        return atto.sudo().documento_ids.browse(ids)

    def test_dialogs(self):
        form = Form(self.env["pa.firma.sigillo.nuovo"].with_user(self.consulente))
        form.kind = "remote"
        form.account = "comune"
        wizard = form.save()
        self.assertEqual((wizard.fornitore_id, wizard.asks["asks"]), (self.fornitore, ["account_password"]))
        wizard.action_enroll(account_password=WORD)
        self.assertEqual(self.env["pa.firma.sigillo"].search_count([("kind", "=", "remote")]), 2)
        atti = (self._concluded(oggetto="Atto 1") + self._concluded(oggetto="Atto 2")).atto_id | self._at_signature()
        action = atti.with_user(self.segretario).action_seal_copies()
        dialog = self.env[action["res_model"]].with_user(self.segretario).browse(action["res_id"])
        self.assertEqual(dialog.riga_ids.mapped("state"), ["todo", "todo", "off"])
        dialog.riga_ids[1].chosen = False
        dialog.sigillo_id = self.sigillo
        dialog.action_seal(PIN, self._code(), WORD)
        self.assertEqual(dialog.riga_ids.mapped("state"), ["signed", "todo", "off"])
        with self.assertRaises(AccessError):
            atti.with_user(self.responsabile).action_seal_copies()

    def test_report_is_sealed(self):
        signed = self._concluded()
        panel = self.env["pa.firma.verdetto"].browse(signed.with_user(self.segretario).action_verify()["res_id"])
        panel = panel.with_user(self.segretario)
        self.assertEqual(panel.asks["asks"], ["account_password", "password", "otp"])
        panel.action_seal_report(PIN, self._code(), WORD)
        self.assertEqual((self.service.authorizations, bool(panel.sudo().sealed)), (1, True))

    def test_what_is_typed_is_nowhere(self):
        signed = self._concluded()
        with LogCatcher() as log:
            self._code()
            self.account.codes[-1] = OTP
            self.assertEqual(self._apply_all(signed, otp=OTP), ["signed"])
        self.env.flush_all()
        for secret in (PIN, OTP, WORD):
            self.assertNotIn(secret, log.stream.getvalue().decode())
            self.assertEqual(self._columns_with(secret), [])
        self.assertTrue(self._columns_with("Sigillo remoto"), "what is there is found")


@tagged("post_install", "-at_install")
class TestSigilloRemotoBrowser(SigilloRemotoCommon, HttpCase):
    def test_seal_is_added(self):
        self.start_tour("/odoo/action-pa_firma.action_sigillo", "pa_firma_seal_remote_add", login="pa_consulente")
        self.assertEqual(self.env["pa.firma.sigillo"].search_count([("kind", "=", "remote")]), 2)

    def test_copies_of_an_acts_documents(self):
        self._known_code()
        signed = self._concluded()
        self.start_tour(
            f"/odoo/action-pa_atti.action_scrivania/{signed.atto_id.id}", "pa_firma_seal_remote", login="pa_segretario", timeout=120
        )
        self.assertTrue(signed._sealed_copies())
        self.assertEqual((self.service.authorizations, self.service.calls.count("credentials/sendOTP")), (1, 1))

    def test_copies_of_many_acts(self):
        self._known_code()
        signed = self._concluded(oggetto="Atto uno") + self._concluded(oggetto="Atto due")
        self._at_signature(oggetto="Atto non concluso")
        self.start_tour("/odoo/action-pa_atti.action_atti", "pa_firma_seal_many", login="pa_segretario", timeout=120)
        self.assertEqual([len(documento._sealed_copies()) for documento in signed], [1, 1])
        self.assertEqual(self.service.authorizations, 1)
