from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AttiCommon


@tagged("post_install", "-at_install")
class TestAttacchi(AttiCommon):
    """What a low-rights user tries over RPC."""

    def test_sealed_fields_are_refused(self):
        atto = self._draft()
        for name, value in {"state": "done", "number_generale": 7, "esecutiva": True, "signed": True,
                            "date_esecutiva": "2026-01-01"}.items():
            with self.assertRaises(UserError, msg=name):
                atto.write({name: value})

    def test_created_sealed_whatever_the_context_says(self):
        Atto = self.env["pa.atto"].with_user(self.istruttore).with_context(default_state="done", default_esecutiva=True)
        self.env["ir.default"].set("pa.atto", "number_generale", 5, user_id=self.istruttore.id)
        atto = Atto.create({
            "tipo_id": self.env.ref("pa_atti.tipo_determina").id, "department_id": self.tecnico.id, "oggetto": "x",
            "signed": True, "passo_ids": [(0, 0, {"name": "x", "kind": "firma", "state": "done"})],
        })
        self.assertEqual((atto.state, atto.esecutiva, atto.number_generale, atto.signed), ("draft", False, 0, False))
        self.assertFalse(atto.passo_ids)

    def test_load_cannot_set_state(self):
        result = self.env["pa.atto"].with_user(self.istruttore).load(
            ["tipo_id/.id", "department_id/.id", "oggetto", "state"],
            [[str(self.env.ref("pa_atti.tipo_determina").id), str(self.tecnico.id), "da file", "done"]],
        )
        self.assertEqual(self.env["pa.atto"].browse(result["ids"]).state, "draft")

    def test_steps_cannot_be_written_created_or_deleted(self):
        atto = self._draft()
        atto.action_start()
        step = atto.passo_ids[-1]
        for call in (
            lambda: step.with_user(self.istruttore).write({"state": "done"}),
            lambda: step.sudo().write({"outcome": "done"}),
            lambda: step.sudo().unlink(),
            lambda: atto.write({"passo_ids": [(2, step.id)]}),
            lambda: self.env["pa.atto.passo"].sudo().create({"atto_id": atto.id, "name": "x", "kind": "firma"}),
        ):
            with self.assertRaises(UserError):
                call()

    def test_content_is_immutable_under_way(self):
        atto = self._draft()
        atto.action_start()
        for name in ("oggetto", "dispositivo"):
            with self.assertRaises(UserError):
                atto.write({name: "altro"})
        with self.assertRaises(UserError):
            atto.unlink()

    def test_document_bytes_are_guarded(self):
        atto = self._draft()
        atto.action_start()
        attachment = atto.sudo()._official_document().attachment_id
        for vals in ({"datas": "eA=="}, {"raw": b"x"}, {"res_id": 1}, {"name": "y"}):
            with self.assertRaises(UserError):
                attachment.write(vals)
        with self.assertRaises(UserError):
            attachment.unlink()

    def test_reserved_attachment_of_another_office(self):
        atto = self._draft()
        atto.add_attachment("riservato.txt", "c2VncmV0bw==", "riservato")
        atto.action_start()
        self._complete(atto, self.responsabile)
        self._complete(atto, self.messo)
        documento = atto.sudo().documento_ids.filtered(lambda d: d.visibility == "riservato")
        atto.with_user(self.estraneo).read(["oggetto"])
        with self.assertRaises(AccessError):
            documento.with_user(self.estraneo).read(["name"])
        with self.assertRaises(AccessError):
            documento.attachment_id.with_user(self.estraneo).read(["datas"])

    def test_server_action_inside_a_transition_inherits_no_grant(self):
        atto = self._draft()
        action = self.env["ir.actions.server"].create({
            "name": "x", "model_id": self.env["ir.model"]._get("pa.atto").id, "state": "code",
            "code": "record.write({'number_generale': 99})",
        })
        original = type(self.env["pa.atto"])._on_submitted

        def attack(records):
            action.with_context(active_model="pa.atto", active_id=records.id).run()
            return original(records)

        self.patch(type(self.env["pa.atto"]), "_on_submitted", attack)
        with self.assertRaises(UserError):
            atto.action_start()

    def test_office_is_sealed_once_it_has_acts(self):
        self._draft()
        with self.assertRaises(UserError):
            self.tecnico.write({"pa_code": "Z"})

    def test_uninstall_is_refused_while_acts_exist(self):
        self._draft()
        with self.assertRaises(UserError):
            self.env.ref("base.module_pa_atti").button_uninstall()
