import base64

import weasyprint

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.orm.model_classes import add_to_registry
from odoo.tests import tagged

from ..tools import pades
from .common import PASSWORD, Card, FirmaCommon

# What another addon writes -------------------------------------------------------------------------------------


class OrdineProva(models.Model):
    _name = "pa.ordine.prova"
    _description = "Purchase order"
    _inherit = ["pa.firma.mixin"]
    _module = "pa_firma"

    name = fields.Char()
    state = fields.Selection([("draft", "Draft"), ("purchase", "Purchase"), ("signed", "Signed")], default="draft")

    def _signing_pdf(self):
        return weasyprint.HTML(string=f"<h1>Ordine {self.name}</h1>").write_pdf(pdf_variant="pdf/a-2u")

    def _reasons_not_signable(self):
        return [] if self.state != "draft" else ["Confirm the order first."]

    def _on_signed(self, firma):
        self.state = "signed"


# ---------------------------------------------------------------------------------------------------------------


@tagged("post_install", "-at_install")
class TestMixin(FirmaCommon):
    """Another addon signs its own documents in about twenty lines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._forget_model)
        add_to_registry(cls.registry, OrdineProva)
        cls.registry._setup_models__(cls.env.cr, ["pa.ordine.prova"])
        cls.registry.init_models(cls.env.cr, ["pa.ordine.prova"], {"models_to_check": True})
        cls.env["ir.model.access"].create(
            {
                "name": "prova",
                "model_id": cls.env["ir.model"]._get_id("pa.ordine.prova"),
                "group_id": cls.env.ref("pa_atti.group_operatore").id,
                **dict.fromkeys(("perm_read", "perm_write", "perm_create"), True),
            }
        )

    @classmethod
    def _forget_model(cls):
        cls.registry.__delitem__("pa.ordine.prova")
        cls.registry._setup_models__(cls.env.cr, [])

    def _order(self, **vals):
        order = self.env["pa.ordine.prova"].with_user(self.responsabile).create({"name": "7"} | vals)
        return order

    def _signed_order(self):
        order = self._order(state="purchase")
        order.action_prepare_signature()
        order.action_sign_record(self._device_of(self.responsabile).id, PASSWORD)
        return order

    def test_signed_in_two_phases(self):
        card = Card(self.pki, self.responsabile)
        device = self.env["pa.firma.dispositivo"].with_user(self.responsabile).enroll_card("x", card.certificate)
        order = self._order(state="purchase")
        order.action_prepare_signature()
        facts = order.action_prepare_record(device)
        answer = {"richiesta_id": facts["richiesta_id"], "signature": card.sign(facts["to_sign"])}
        finish = self.env["pa.firma.libro"].with_user(self.responsabile).finish
        self.assertEqual([finish([dict(answer)])[0]["state"] for _n in range(2)], ["signed", "refused"])
        self.assertEqual((order.state, order.pa_firma_ids.user_id), ("signed", self.responsabile))

    def test_two_people_sign_an_order(self):
        order = self._signed_order()
        self.assertEqual(order.state, "signed")
        order.with_user(self.finanziario).action_sign_record(self._device_of(self.finanziario).id, PASSWORD)
        self.assertEqual(order.pa_firma_ids.user_id, self.responsabile + self.finanziario)
        self.assertEqual(set(order.pa_firma_ids.mapped("verdict")), {"valid"})
        first, second = (firma.attachment_id.raw for firma in order.sudo().pa_firma_ids)
        self.assertTrue(first.startswith(order.signing_attachment_id.raw) and second.startswith(first))

    def test_signed_elsewhere(self):
        order = self._order(state="purchase")
        order.action_prepare_signature()
        signer = pades.load_key_file(self._key_file(self.responsabile), PASSWORD)
        data = pades.sign_pdf(order.signing_attachment_id.raw, signer)
        other = pades.sign_pdf(self._order(name="8")._signing_pdf(), signer)
        with self.assertRaises(UserError):
            order.action_upload_signed_record(base64.b64encode(other))
        order.action_upload_signed_record(base64.b64encode(data))
        self.assertEqual(order.state, "signed")

    def test_what_the_addon_refuses_is_not_signed(self):
        with self.assertRaises(UserError):
            self._order().action_prepare_signature()
        order = self._order(state="purchase")
        with self.assertRaises(UserError):  # nothing to sign yet
            order.action_sign_record(self._device_of(self.responsabile).id, PASSWORD)

    def test_signed_file_and_signature_do_not_change(self):
        order = self._signed_order()
        firma = order.sudo().pa_firma_ids
        for call in (
            lambda: firma.attachment_id.write({"raw": b"x"}),
            lambda: firma.attachment_id.unlink(),
            lambda: firma.write({"attachment_id": False}),
            lambda: order.write({"pa_firma_ids": [(5,)]}),
        ):
            with self.assertRaises(UserError):
                call()
        before = order.signing_attachment_id
        order.action_prepare_signature()
        self.assertEqual(order.signing_attachment_id, before)

    def test_any_file_is_not_read_by_signing_it(self):
        """Who may write the record makes it sign, and so tell, no file but the one that the record itself made."""
        secret = self.env["ir.attachment"].create({"name": "s.pdf", "raw": self._order()._signing_pdf(), "res_model": "res.company"})
        order = self._order(state="purchase", signing_attachment_id=secret.id)
        self.assertFalse(order.signing_attachment_id)
        with self.assertRaises(UserError):
            order.write({"signing_attachment_id": secret.id})
        default = self._order().with_context(default_signing_attachment_id=secret.id).create({"name": "9"})
        self.assertFalse(default.signing_attachment_id)
        order.action_prepare_signature()
        for value in (secret.id, False):
            with self.assertRaises(UserError):
                order.write({"signing_attachment_id": value})

    def test_document_does_not_change_before_it_is_signed(self):
        """A colleague who may write the record changes nothing of what the signer has looked at."""
        order = self._order(state="purchase")
        order.action_prepare_signature()
        waiting = order.signing_attachment_id
        other = self._order(name="8")._signing_pdf()
        for call in (
            lambda: waiting.with_user(self.finanziario).write({"raw": other}),
            lambda: waiting.with_user(self.finanziario).write({"res_id": 0}),
            lambda: waiting.with_user(self.finanziario).unlink(),
        ):
            with self.assertRaises(UserError):
                call()
        order.action_sign_record(self._device_of(self.responsabile).id, PASSWORD)
        self.assertEqual(order.state, "signed")
        draft = self._order(state="purchase")
        draft.action_prepare_signature()
        draft.sudo().unlink()  # what was never signed goes away with its document

    def test_signature_that_waited_is_of_the_file_of_then(self):
        """Somebody else signed meanwhile: putting the older file in its place would lose that signature."""
        order = self._order(state="purchase")
        order.action_prepare_signature()
        later = order.with_user(self.finanziario)
        request = later._firma_made(self._device_of(self.finanziario), self._device_of(self.finanziario).with_user(self.finanziario)._open(PASSWORD))
        order.action_sign_record(self._device_of(self.responsabile).id, PASSWORD)
        with self.assertRaises(UserError):
            later._firma_use(request)
        later.action_sign_record(self._device_of(self.finanziario).id, PASSWORD)
        first, second = (firma.attachment_id.raw for firma in order.sudo().pa_firma_ids)
        self.assertTrue(second.startswith(first))

    def _dialog(self, order, user):
        action = order.with_user(user).action_open_signing()
        dialog = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        dialog.dispositivo_id = self._device_of(user)
        return dialog

    def test_what_was_shown_is_what_is_signed(self):
        """Somebody changes the order, and opens it, while another looks at it."""
        order, card = self._order(state="purchase"), Card(self.pki, self.responsabile)
        mine = self._dialog(order, self.responsabile)
        shown = order.signing_attachment_id
        data = pades.sign_pdf(shown.raw, pades.load_key_file(self._key_file(self.responsabile), PASSWORD))
        mine.signed_file = base64.b64encode(data)
        order.with_user(self.finanziario).name = "Altro contenuto"
        self._dialog(order, self.finanziario)
        self.assertFalse(shown.exists(), "what nobody signed is not left behind")
        device = self.env["pa.firma.dispositivo"].with_user(self.responsabile).enroll_card("x", card.certificate)
        for call in (
            lambda: mine.action_sign(PASSWORD),
            mine.action_upload,
            mine.action_download,
            lambda: order.action_prepare_record(device, mine.shown_sha256),
        ):
            with self.assertRaises(UserError) as refusal:
                call()
            self.assertIn("since it was shown", str(refusal.exception))
        with self.assertRaises(UserError):
            mine.write({"shown_sha256": order.signing_sha256})
        forged = mine.create({"res_model": order._name, "res_id": order.id, "shown_sha256": "0"})
        self.assertEqual(forged.shown_sha256, order.signing_sha256)
        self._dialog(order, self.responsabile).action_sign(PASSWORD)
        self.assertEqual(order.pa_firma_ids.user_id, self.responsabile)
        self.assertTrue(order.pa_firma_ids.attachment_id.raw.startswith(order.signing_attachment_id.raw))

    def test_same_bytes_are_not_frozen_twice(self):
        order = self._order(state="purchase")
        data = order._signing_pdf()
        self.patch(type(order), "_signing_pdf", lambda _order: data)
        order.action_prepare_signature()
        waiting = order.signing_attachment_id
        order.with_user(self.finanziario).action_prepare_signature()
        self.assertEqual(order.signing_attachment_id, waiting)
