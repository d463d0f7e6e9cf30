import base64

from odoo.addons.pa_atti.tests.common_rpc import RpcCommon
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common import PASSWORD, Card, FirmaCommon

OUTSIDE = ("pa.firma.dispositivo", "pa.firma.richiesta", "pa.firma.sigillo", "pa.firma.revoca")


@tagged("post_install", "-at_install")
class TestAttacchiDialoghi(FirmaCommon, RpcCommon):
    """Over the network: what the dialogs of signing, and the fields that nobody reads, tell to whom they should not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portale = new_test_user(cls.env, "pa_portale", "base.group_portal")
        cls.lettore = new_test_user(cls.env, "pa_lettore", "pa_atti.group_consultazione")
        for user in (cls.portale, cls.lettore, cls.estraneo):
            user.lang = "en_US"

    def _told(self, model, method, *args, **kwargs):
        """The answer, or nothing where it is refused."""
        try:
            with mute_logger("odoo.http"):
                return self._rpc(model, method, *args, **kwargs)
        except JsonRpcException:
            return None

    def test_key_file_left_in_a_dialog(self):
        """Adding a key file leaves none in the dialog; a dialog left open is of who opened it."""
        blob = base64.b64encode(self._key_file(self.responsabile)).decode()
        self._as(self.responsabile)
        opened = self._rpc("pa.firma.iscrizione", "create", {"name": "Firma", "key_file": blob})
        left = self._rpc("pa.firma.iscrizione", "create", {"name": "Lasciata", "key_file": blob})
        self._rpc("pa.firma.iscrizione", "action_enroll", [opened], password=PASSWORD)
        self.assertFalse(self.env["pa.firma.iscrizione"].browse(opened).sudo().key_file)
        for user in (self.estraneo, self.finanziario):
            self._as(user)
            self.assertEqual(self._rpc("pa.firma.iscrizione", "search_read", [], ["name"]), [])
            self._refused("pa.firma.iscrizione", "read", [left], ["key_file"])
            self._refused("pa.firma.iscrizione", "write", [left], {"name": "Mia"})
            answer = self.url_open(f"/web/content/pa.firma.iscrizione/{left}/key_file")
            self.assertNotIn(base64.b64decode(blob), answer.content)

    def test_file_left_in_a_verification(self):
        self._as(self.responsabile)
        dialog = self._rpc("pa.firma.verdetto", "create", {"file": base64.b64encode(b"Riservato").decode(), "file_name": "x.txt"})
        self._as(self.estraneo)
        self._refused("pa.firma.verdetto", "read", [dialog], ["file_name"])
        self._refused("pa.firma.verdetto", "read", [dialog], ["file"])

    def test_dialogs_on_an_act_that_one_does_not_see(self):
        atto = self._at_signature(oggetto="Procedimento riservatissimo", reserved=True)
        step, documento = atto.current_passo_ids, atto.sudo()._official_document()
        self.assertTrue(documento.sha256)
        for model, field, other in (
            ("pa.firma.wizard", "passo_id", step),
            ("pa.firma.file", "documento_id", documento),
            ("pa.firma.apponi.riga", "documento_id", documento),
            ("pa.firma.apponi.riga", "atto_id", atto),
            ("pa.firma.verdetto", "documento_id", documento),
        ):
            self._as(self.estraneo)
            names = [name for name in self.env[model]._fields if name not in ("report", "body")]
            spec = {name: {} for name in self.env[model].with_user(self.estraneo).fields_get(names)}
            told = [self._told(model, "onchange", [], {field: other.id}, [field], spec)]
            told += [self._told(model, "onchange", [], {field: [other.id, "x"]}, [field], spec)]
            told += [self._told(model, "onchange", [], {field: {"atto_id": atto.id}}, [field], spec)]
            told += [self._told(model, "onchange", [], {}, [], spec, context={f"default_{field}": other.id})]
            told += [self._told(model, "default_get", names, context={f"default_{field}": other.id})]
            told += [self._told(model, "web_save", [], {field: other.id}, spec)]
            told += [self._told(model, "web_save", [], {}, spec, context={f"default_{field}": other.id})]
            told += [self._told(model, "create", {}, context={f"default_{field}": other.id})]
            # one's own, on something that one sees, then moved
            self.assertIsNone(told[-1])
            mine = self._told(model, "create", {}) if model == "pa.firma.verdetto" else None
            if mine:
                told += [self._told(model, "web_save", [mine], {field: other.id}, spec), self._told(model, "read", [mine], names)]
            if dialog := self._told(model, "create", {field: other.id}):
                told += [self._told(model, "read", [dialog], [field, name]) for name in names]
                told += [self._told(model, "web_read", [dialog], spec)]
                told += [self._told(model, "action_judge", [dialog]), self._told(model, "action_download", [dialog])]
            with self.subTest(model):
                self.assertNotIn("riservatissimo", str(told))
                self.assertNotIn(documento.sha256, str(told))

    def test_lines_of_a_dialog_on_a_document_that_one_does_not_see(self):
        atto = self._at_signature(oggetto="Procedimento riservatissimo", reserved=True)
        documento, model = atto.sudo()._official_document(), "pa.firma.apponi"
        self._as(self.estraneo)
        line_spec = {"documento_id": {"fields": {"display_name": {}}}, "atto_id": {"fields": {"display_name": {}}}, "what": {}}
        spec = {"riga_ids": {"fields": line_spec}, "name": {}, "sha256": {}}
        for line in ({"documento_id": documento.id}, {"atto_id": atto.id}, {"documento_id": documento.id, "atto_id": atto.id}):
            vals = {"company_id": self.company.id, "riga_ids": [[0, "virtual_1", line]]}
            told = [self._told(model, "onchange", [], vals, ["riga_ids"], spec), self._told(model, "web_save", [], vals, spec)]
            with self.subTest(line):
                self.assertNotIn("riservatissimo", str(told))
                self.assertNotIn(documento.sha256, str(told))

    def test_fields_that_nobody_reads(self):
        device = self._device_of(self.responsabile)
        self.assertTrue(device.key_file)
        for user in (self.responsabile, self.estraneo, self.lettore, self.portale):
            self._as(user)
            for model, field in (
                ("pa.firma.dispositivo", "key_file"), ("pa.firma.sigillo", "key_file"), ("pa.firma.revoca", "data"),
                ("pa.firma.richiesta", "raw_signature"), ("pa.firma.richiesta", "prepared_data"), ("pa.firma.richiesta", "signed_data"),
            ):  # fmt: skip
                self._refused(model, "search_read", [], [field])
                self._refused(model, "search_count", [(field, "!=", False)])
                self._refused(model, "search_read", [(field, "=like", "M%")], ["id"])
                self._refused(model, "formatted_read_group", [], [field], ["__count"])
                self._refused(model, "formatted_read_group", [], [], [f"{field}:count"])
                self._refused(model, "read_progress_bar", [], field, {"field": field, "colors": {}})
                self._refused(model, "search_read", [], ["id"], order=field)
            self._refused("pa.firma.dispositivo", "export_data", device.ids, ["key_file"])
            self._refused("pa.firma.dispositivo", "web_read", device.ids, {"key_file": {}})
            self._refused("pa.firma.dispositivo", "copy", device.ids, {"user_id": user.id})
            self._refused("res.users", "search_count", [("pa_dispositivo_ids.key_file", "!=", False)])
            answer = self.url_open(f"/web/content/pa.firma.dispositivo/{device.id}/key_file")
            self.assertNotIn(base64.b64decode(device.with_context(bin_size=False).key_file), answer.content)

    def test_devices_of_others(self):
        device = self._device_of(self.responsabile)
        self._as(self.estraneo)
        self.assertEqual(self._rpc("pa.firma.dispositivo", "search_read", [("id", "=", device.id)], ["id"]), [])
        self.assertEqual(self._rpc("pa.firma.dispositivo", "name_search", "Firma"), [])
        for method, args in (
            ("read", [["name"]]), ("write", [{"name": "x"}]), ("send_code", []), ("unlink", []), ("action_archive", []),
        ):  # fmt: skip
            self._refused("pa.firma.dispositivo", method, device.ids, *args)
        for model in OUTSIDE:
            self._as(self.portale)
            self._refused(model, "search_read", [], ["id"])
            self._refused(model, "search_count", [])

    def test_portal_and_readers_sign_nothing(self):
        atto = self._at_signature()
        step, device = atto.current_passo_ids, self._device_of(self.responsabile)
        card = Card(self.pki, self.responsabile)
        for user in (self.portale, self.lettore, self.estraneo, self.finanziario, self.istruttore):
            self._as(user)
            self._refused("pa.firma.libro", "sign", step.ids, device.id, PASSWORD)
            self._refused("pa.firma.libro", "prepare", step.ids, device.id)
            self._refused("pa.atto.passo", "action_sign", step.ids, device.id, PASSWORD)
            self._refused("pa.atto.passo", "action_sign_uploaded", step.ids, "JVBERi0=")
            if user != self.istruttore:
                self._refused("pa.firma.dispositivo", "enroll_card", "x", card.certificate) if user in (
                    self.portale, self.lettore
                ) else None
            told = self._told("pa.firma.libro", "refuse", step.ids, "rejected", "No")
            self.assertTrue(told is None or told[0]["state"] == "refused", told)
        self.assertEqual((step.state, atto.sudo().firma_ids.ids), ("active", []))

    def test_public_sees_nothing(self):
        self.authenticate(None, None)
        for model in (*OUTSIDE, "pa.firma", "pa.firma.iscrizione", "pa.firma.wizard"):
            self._refused(model, "search_read", [], ["id"])
        self.assertEqual(self.url_open("/firma/rapporto/1/pdf", allow_redirects=False).status_code, 303)
