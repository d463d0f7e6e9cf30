import base64

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ..tools import pades
from .common import PASSWORD, Card, FirmaCommon
from .common_esempio import EsempioCommon, blocks
from .test_agente import TestAgente as AgenteCommon
from .test_remoto import PIN, WORD, RemoteCommon

CODE = "otp-1357924680"


@tagged("post_install", "-at_install")
class TestEsempio(EsempioCommon, FirmaCommon):
    """What the guide for developers writes, and what nobody does with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._install_example()

    def test_about_twenty_lines(self):
        lines = [line for block in blocks() for line in block.splitlines() if line.strip()]
        self.assertLessEqual(len(lines), 22)

    def test_signed_by_two_people_and_shown_in_the_form(self):
        order = self._signed_order()
        order.with_user(self.finanziario).action_sign_record(self._device_of(self.finanziario).id, PASSWORD)
        self.assertEqual(order.pa_firma_ids.user_id, self.responsabile + self.finanziario)
        self.assertRecordValues(order.sudo().pa_firma_ids, [{"verdict": "valid", "record_name": "P7"}] * 2)
        self.assertEqual(order.sudo().pa_firma_ids.attachment_id.mapped("res_model"), ["purchase.order"] * 2)
        view = self.env["purchase.order"].with_user(self.responsabile).get_view(view_type="form")["arch"]
        self.assertTrue("action_open_signing" in view and "pa_firma_ids" in view)

    def test_dialog_uploads_what_was_signed_elsewhere(self):
        order = self._order()
        action = order.action_open_signing()
        dialog = self.env["pa.firma.record"].with_user(self.responsabile).browse(action["res_id"])
        given = order.signing_attachment_id.raw
        self.assertEqual((dialog.shown_sha256, dialog.attachment_id), (order.signing_sha256, order.signing_attachment_id.id))
        signer = pades.load_key_file(self._key_file(self.responsabile), PASSWORD)
        other = self._rendered(0, "purchase.report_purchaseorder", 99)[0]
        dialog.signed_file = base64.b64encode(pades.sign_pdf(other, signer))
        with self.assertRaises(UserError):
            dialog.action_upload()
        dialog.signed_file = base64.b64encode(pades.sign_pdf(given, signer))
        dialog.action_upload()
        self.assertEqual(order.pa_firma_ids.verdict, "valid")

    def test_who_does_not_read_the_record_reads_nothing_of_it(self):
        """Its name may be the title of somebody's contract."""
        order, other = self._signed_order(), self._signed_order()
        self.env["ir.rule"].create(
            {"name": "secret", "model_id": self.env["ir.model"]._get_id("purchase.order"), "domain_force": f"[('id', '!=', {order.id})]"}
        )
        firme = order.sudo().pa_firma_ids
        reader = new_test_user(self.env, "legge_atti", "pa_atti.group_consultazione", name="Lettore")
        employee = new_test_user(self.env, "dipendente", "base.group_user", name="Dipendente")
        mine = self.env["pa.firma"].with_user(self.responsabile).search([("record_name", "=", "P7")])
        self.assertEqual(mine, firme + other.sudo().pa_firma_ids, "who signed")
        for user, seen in ((reader, other.sudo().pa_firma_ids), (self.finanziario, other.sudo().pa_firma_ids), (employee, firme.browse())):
            self.assertEqual(self.env["pa.firma"].with_user(user).search([("record_name", "=", "P7")]), seen)
            for record in (firme, firme.durata_id):
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["record_name", "display_name"])
            if user != employee:
                self.assertEqual(self.env["pa.firma.durata"].with_user(user).search([("record_name", "=", "P7")]), seen.durata_id)
        self.segretario.group_ids += self.env.ref("pa_atti.group_segreteria")
        self.assertEqual(firme.with_user(self.segretario).read(["record_name"])[0]["record_name"], "P7")

    def test_form_of_who_has_nothing_to_do_with_acts(self):
        """A buyer: whoever reads the order opens its form, and sees who signed it."""
        order = self._signed_order()
        buyer = new_test_user(self.env, "compratore", "base.group_user", name="Compratore")
        self.env["ir.model.access"].create(
            {
                "name": "b", "model_id": self.env["ir.model"]._get_id("purchase.order"), "perm_read": True,
                "group_id": self.env.ref("base.group_user").id,
            }
        )  # fmt: skip
        theirs = order.with_user(buyer)
        theirs.env.invalidate_all()
        views = theirs.get_views([(False, "form")])
        self.assertIn("pa_firma_ids", views["views"]["form"]["arch"])
        shown = self.env["pa.firma"].with_user(buyer).get_views([(False, "list"), (False, "kanban")])["views"]
        names = {node.get("name") for view in shown.values() for node in etree.fromstring(view["arch"]).iter("field")}
        spec = {name: {"fields": {"display_name": {}}} if self.env["pa.firma"]._fields[name].type == "many2one" else {} for name in names}
        [values] = theirs.web_read({"name": {}, "pa_firma_ids": {"fields": spec}})
        self.assertEqual([(firma["signer"], firma["verdict"]) for firma in values["pa_firma_ids"]], [("Responsabile", "valid")])
        with Form(theirs) as form:
            self.assertEqual(len(form.pa_firma_ids), 1)
        self.assertEqual(order.with_user(self.finanziario).pa_firma_ids.user_id, self.responsabile)

    def test_who_may_not(self):
        order, device = self._order(), self._device_of(self.responsabile)
        with self.assertRaises(UserError):
            self._order(state="draft").action_open_signing()
        order.action_open_signing()
        reader = new_test_user(self.env, "solo_lettura", "pa_atti.group_consultazione", name="Lettore")
        body = self.env["res.company"].create({"name": "Altro comune"})
        other = new_test_user(
            self.env, "altro_ente", "pa_atti.group_operatore", company_id=body.id, company_ids=[(6, 0, body.ids)], name="Altro"
        )
        other.pa_codice_fiscale = reader.pa_codice_fiscale = self.finanziario.pa_codice_fiscale
        for user in (reader, other):
            theirs = order.with_user(user)
            for call in (
                theirs.action_open_signing,
                lambda theirs=theirs: theirs.action_sign_record(device.id, PASSWORD),
                lambda theirs=theirs: theirs.action_prepare_record(device.id),
                lambda theirs=theirs: theirs.action_upload_signed_record(base64.b64encode(b"x")),
                lambda theirs=theirs: theirs.write({"name": "x"}),
            ):
                with self.assertRaises(AccessError):
                    call()
        with self.assertRaises(AccessError):  # with somebody else's device
            order.with_user(self.finanziario).action_sign_record(device.id, PASSWORD)
        for model in ("res.partner", "pa.atto", "nessuno"):
            with self.assertRaises(UserError):
                self.env["pa.firma.record"].with_user(self.responsabile).create({"res_model": model, "res_id": 1}).action_sign(PASSWORD)
        self.assertFalse(order.sudo().pa_firma_ids)

    def test_what_was_shown_is_what_is_signed(self):
        """The frozen document is swapped before the signature, by who may write the order."""
        order, device = self._order(), self._device_of(self.responsabile)
        order.action_open_signing()
        other = self.env["ir.attachment"].create({"name": "x.pdf", "raw": self._rendered(0, "purchase.report_purchaseorder", 9)[0]})
        for vals in ({"signing_attachment_id": other.id}, {"signing_sha256": "0"}, {"pa_firma_ids": [(5,)]}):
            with self.assertRaises(UserError):
                order.write(vals)
        forged = self._order(signing_attachment_id=other.id, signing_sha256="0")
        self.assertFalse(forged.signing_attachment_id or forged.signing_sha256)
        with self.assertRaises(UserError):
            order.signing_attachment_id.write({"raw": other.raw})
        # what nobody can do through Odoo is found all the same
        self.env.cr.execute("UPDATE ir_attachment SET store_fname = %s WHERE id = %s", [other.store_fname, order.signing_attachment_id.id])
        order.signing_attachment_id.invalidate_recordset()
        with self.assertRaises(UserError):
            order.action_sign_record(device.id, PASSWORD)
        order.action_open_signing()
        order.action_sign_record(device.id, PASSWORD)
        self.assertEqual(len(order.pa_firma_ids), 1)

    def test_signed_file_stays(self):
        order = self._signed_order()
        file = order.pa_firma_ids.attachment_id
        for call in (
            lambda: file.write({"raw": b"x"}), file.unlink, lambda: file.write({"res_model": "res.partner"}),
            lambda: order.sudo().unlink(), lambda: order.sudo().pa_firma_ids.write({"attachment_id": False}),
        ):  # fmt: skip
            with self.assertRaises(UserError):
                call()
        stranger = new_test_user(self.env, "estraneo_ordini", "base.group_user", name="Estraneo")
        with self.assertRaises(AccessError):
            file.with_user(stranger).read(["raw"])

    def test_two_people_at_once_on_the_same_file(self):
        """The second would hide the first's signature: it is asked again."""
        order, card = self._order(), Card(self.pki, self.finanziario)
        order.action_open_signing()
        theirs = order.with_user(self.finanziario)
        device = self.env["pa.firma.dispositivo"].with_user(self.finanziario).enroll_card("x", card.certificate)
        facts = theirs.action_prepare_record(device)
        order.action_sign_record(self._device_of(self.responsabile).id, PASSWORD)
        answer = {"richiesta_id": facts["richiesta_id"], "signature": card.sign(facts["to_sign"])}
        [outcome] = self.env["pa.firma.libro"].with_user(self.finanziario).finish([answer])
        self.assertEqual((outcome["state"], order.pa_firma_ids.user_id), ("refused", self.responsabile))


class BrowserCommon(EsempioCommon, HttpCase):
    def _sign_in_browser(self, tour):
        order = self._order()
        self.start_tour(f"/odoo/action-{self.order_action.id}/{order.id}", tour, login="pa_responsabile", timeout=120)
        order.invalidate_recordset()
        self.assertRecordValues(order.sudo().pa_firma_ids, [{"verdict": "valid", "user_id": self.responsabile.id}])


@tagged("post_install", "-at_install")
class TestEsempioBrowser(BrowserCommon, RemoteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._install_example()

    def test_key_file(self):
        self._sign_in_browser("pa_firma_record")

    def test_remote_service(self):
        self.dispositivi.filtered(lambda d: d.user_id == self.responsabile).active = False
        self._remote()

        def known(method, _content):
            if method == "credentials/authorize":
                self.account.codes[:] = [CODE]

        self.service.fault = known
        self._sign_in_browser("pa_firma_record_remote")
        self.assertEqual((self.service.authorizations, PIN, WORD), (1, "pin-246813579", "parola-del-conto-77"))


@tagged("post_install", "-at_install")
class TestEsempioAgente(BrowserCommon, FirmaCommon):
    _agent, _tour, _enrolled_card = AgenteCommon._agent, AgenteCommon._tour, AgenteCommon._enrolled_card

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._install_example()

    def test_own_card(self):
        self._enrolled_card()
        self._sign_in_browser("pa_firma_record_agent")


del AgenteCommon  # its own tests run in its module
