from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common_rpc import RpcCommon


@tagged("post_install", "-at_install")
class TestRpcSigilli(RpcCommon):
    """Over the network, as the istruttore of the act: what only the procedure may write."""

    def setUp(self):
        super().setUp()
        self._as(self.istruttore)
        self.tipo = self.env.ref("pa_atti.tipo_determina")

    def _vals(self, **vals):
        return {"tipo_id": self.tipo.id, "department_id": self.tecnico.id, "oggetto": "x", **vals}

    def test_state_and_numbers(self):
        draft, running = self._draft(), self._running()
        for name, value in {
            "state": "done", "esecutiva": True, "signed": True, "date_esecutiva": "2026-01-01", "number_settore": 99,
            "number_generale": 99, "date_generale": "2026-01-01", "current_kind": False, "date_pubblicazione_from": "2026-01-01",
            "closing_reason": "x", "closed_by_id": self.responsabile.id, "user_id": self.responsabile.id,
            "conflict_user_ids": [[4, self.responsabile.id]], "voce_ids": [[5]], "passo_ids": [[5]], "documento_ids": [[5]],
        }.items():
            self._refused("pa.atto", "write", draft.ids, {name: value})
            self._refused("pa.atto", "write", running.ids, {name: value})
        answer = self._json2(self.istruttore, "pa.atto", "write", ids=draft.ids, vals={"state": "done"})
        self.assertEqual((answer.status_code, draft.state), (422, "draft"))

    def test_outcomes_and_steps(self):
        step = self._running().current_passo_ids
        for vals in ({"state": "done"}, {"outcome": "favorevole"}, {"user_ids": [[4, self.istruttore.id]]}, {"sequence": 99},
                     {"done_by_id": self.responsabile.id}, {"ruolo_id": False}, {"automatic": True}, {"term_days": 0}):
            self._refused("pa.atto.passo", "write", step.ids, vals)
        self._refused("pa.atto.passo", "unlink", step.ids)
        self._refused("pa.atto.passo", "create", [{"atto_id": step.atto_id.id, "name": "x", "kind": "firma"}])
        for method, args in (("action_complete", ()), ("action_return", ("x",)), ("action_reject", ("x",)),
                             ("action_declare_conflict", ("x",)), ("action_complete", ("favorevole", "x"))):
            self._refused("pa.atto.passo", method, step.ids, *args)
        for method in ("_close", "_advance", "_activate", "_do_firma", "_refresh_assignees"):
            self._refused("pa.atto.passo", method, step.ids)
        self.assertEqual(step.state, "active")

    def test_private_motion(self):
        atto = self._draft()
        for method, args in (("_proceed", ()), ("_conclude", ()), ("_assign_number", ("generale",)), ("_make_enforceable", ()),
                             ("_close_iter", ("done", "x")), ("_lock", ())):
            self._refused("pa.atto", method, atto.ids, *args)

    def test_hashes_and_entries(self):
        voce = self._running().voce_ids[:1]
        for vals in ({"hash": "0" * 64}, {"payload": "{}"}, {"number": 2}, {"atto_id": False}, {"date": "2020-01-01"}):
            self._refused("pa.registro.voce", "write", voce.ids, vals)
        self._refused("pa.registro.voce", "unlink", voce.ids)
        self._refused("pa.registro.voce", "create", [{"registro_id": voce.registro_id.id}])
        self._refused("pa.registro.anno", "write", voce.registro_id.anno_ids.ids, {"last_number": 0})

    def test_defaults_in_the_context(self):
        context = {f"default_{name}": value for name, value in {
            "state": "done", "esecutiva": True, "signed": True, "number_generale": 5, "user_id": self.responsabile.id,
            "closing_reason": "x", "passo_ids": [[0, 0, {"name": "x", "kind": "firma", "state": "done"}]],
        }.items()}
        ids = self._rpc("pa.atto", "create", [self._vals()], context=context)
        atto = self.env["pa.atto"].browse(ids)
        self.assertEqual((atto.state, atto.esecutiva, atto.signed, atto.number_generale), ("draft", False, False, 0))
        self.assertEqual((atto.user_id, atto.passo_ids.ids, atto.closing_reason), (self.istruttore, [], False))

    def test_ir_default_of_the_user(self):
        self._rpc("ir.default", "set", "pa.atto", "number_generale", 5, self.istruttore.id)
        atto = self.env["pa.atto"].browse(self._rpc("pa.atto", "create", [self._vals()]))
        self.assertFalse(atto.number_generale)

    def test_nested_creates(self):
        ids = self._rpc("pa.atto", "create", [self._vals(
            passo_ids=[[0, 0, {"name": "x", "kind": "firma", "state": "done"}]],
            voce_ids=[[0, 0, {"registro_id": 1, "year": 2026, "number": 1}]],
            documento_ids=[[0, 0, {"kind": "firmato", "name": "x"}]],
        )])
        atto = self.env["pa.atto"].browse(ids)
        self.assertFalse(atto.passo_ids or atto.voce_ids or atto.documento_ids)

    def test_load(self):
        result = self._rpc(
            "pa.atto", "load", ["tipo_id/.id", "department_id/.id", "oggetto", "state", "number_generale", "passo_ids/name"],
            [[str(self.tipo.id), str(self.tecnico.id), "da file", "done", "7", "Firma"]],
        )
        atto = self.env["pa.atto"].browse(result["ids"] or [])
        self.assertEqual((atto.state or "draft", atto.number_generale, len(atto.passo_ids)), ("draft", 0, 0))
        running = self._running()
        self.env["ir.model.data"].create({"module": "__x__", "name": "a", "model": "pa.atto", "res_id": running.id})
        result = self._rpc("pa.atto", "load", ["id", "oggetto"], [["__x__.a", "cambiato da file"]])
        self.assertFalse(result["ids"])
        self.assertNotEqual(running.oggetto, "cambiato da file")

    def test_name_create(self):
        for model in ("pa.atto.passo", "pa.registro", "pa.ruolo", "pa.iter"):
            self._refused(model, "name_create", "x")
        for model in ("pa.atto", "pa.incarico", "pa.delega"):  # they have no name to be created by
            with mute_logger("odoo.orm.models"):
                self.assertFalse(self._rpc(model, "name_create", "x"))

    def test_one2many_deletes_and_cascades(self):
        atto = self._running()
        link = self._draft(collegamento_ids=[(0, 0, {"target_id": atto.id, "kind": "attua"})])
        for command in ([2, atto.passo_ids[0].id], [3, atto.passo_ids[0].id], [5], [6, 0, []],
                        [1, atto.passo_ids[0].id, {"state": "done"}]):
            self._refused("pa.atto", "write", atto.ids, {"passo_ids": [command]})
            self._refused("pa.atto", "write", atto.ids, {"documento_ids": [command]})
        self._refused("pa.atto", "unlink", atto.ids)
        self._refused("hr.department", "unlink", self.tecnico.ids)
        self._refused("pa.atto.tipo", "unlink", self.tipo.ids)
        self.assertTrue(link.collegamento_ids)

    def test_resequence(self):
        steps = self._running().passo_ids
        before = steps.mapped("sequence")
        with mute_logger("odoo.http"):
            for route, params in (
                ("/web/dataset/resequence", {"model": "pa.atto.passo", "ids": steps.ids[::-1]}),
                ("/web/dataset/call_kw/pa.atto.passo/web_resequence",
                 {"model": "pa.atto.passo", "method": "web_resequence", "args": [steps.ids[::-1]],
                  "kwargs": {"specification": {}}}),
                ("/web/dataset/call_kw/pa.iter.passo/web_resequence",
                 {"model": "pa.iter.passo", "method": "web_resequence", "args": [self.tipo.iter_id.passo_ids.ids[::-1]],
                  "kwargs": {"specification": {}}}),
            ):
                with self.subTest(route), self.assertRaises(Exception):  # noqa: B017 - a refusal or no such route
                    self.env.flush_all()
                    self.make_jsonrpc_request(route, params)
        self.env.invalidate_all()
        self.assertEqual(steps.mapped("sequence"), before)

    def test_copy_of_a_numbered_act(self):
        atto = self._concluded()
        ids = self._rpc("pa.atto", "copy", atto.ids, {"number_generale": 9, "state": "done", "signed": True})
        copy = self.env["pa.atto"].browse(ids)
        self.assertEqual((copy.state, copy.number_generale, copy.number_settore, copy.signed, copy.esecutiva),
                         ("draft", 0, 0, False, False))
        self.assertFalse(copy.passo_ids or copy.voce_ids or copy.documento_ids or copy.date_pubblicazione_from)

    def test_text_of_a_numbered_act(self):
        atto = self._running()
        for name in ("oggetto", "premesse", "motivazione", "dispositivo", "immediate", "immediate_reason", "reserved"):
            self._refused("pa.atto", "write", atto.ids, {name: "altro"})
        self._refused("pa.atto", "add_attachment", atto.ids, "x.txt", "eA==")
        self._refused("pa.atto", "web_save", atto.ids, {"oggetto": "altro"}, specification={})
        self._rpc("pa.atto", "update_field_translations", atto.ids, "oggetto", {"it_IT": "altro"})
        self.assertNotEqual(atto.oggetto, "altro")

    def test_messages_in_the_name_of_others(self):
        atto = self._draft()
        self.cr.flush()
        atto.oggetto = "Un altro oggetto"  # tracked
        self.cr.flush()
        atto.action_start()
        self.cr.flush()
        other = self.responsabile.partner_id
        for vals in ({"author_id": other.id}, {"email_from": '"Altri" <altri@comune.example>'}):
            self._rpc("pa.atto", "message_post", atto.ids, body="x", **vals)
            message = atto.message_ids[0]
            self.assertEqual(message.author_id, self.istruttore.partner_id)
            self.assertNotIn("altri@", message.email_from or "")
        message, tracked = atto.message_ids[0], atto.sudo().message_ids.filtered("tracking_value_ids")
        for vals in ({"author_id": other.id}, {"email_from": "altri@comune.example"}, {"date": "2020-01-01 00:00:00"},
                     {"res_id": self._draft().id}, {"model": "res.partner", "res_id": 1}, {"message_type": "notification"}):
            self._refused("mail.message", "write", message.ids, vals)
        self.assertTrue(tracked)
        self._refused("mail.message", "unlink", tracked.ids)

    def test_message_on_an_act_of_others(self):
        atto = self._draft()
        self._as(self.estraneo)
        self._refused("pa.atto", "message_post", atto.ids, body="x")
        self._rpc("pa.atto", "message_subscribe", atto.ids, [self.estraneo.partner_id.id])
        self.assertNotIn(self.estraneo.partner_id, atto.message_partner_ids)
        self._refused("mail.message", "create", [{"model": "pa.atto", "res_id": atto.id, "body": "x"}])
        self._refused("mail.followers", "create", [{"res_model": "pa.atto", "res_id": atto.id,
                                                    "partner_id": self.estraneo.partner_id.id}])
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request("/mail/message/post", {
                "thread_model": "pa.atto", "thread_id": atto.id, "post_data": {"body": "x"}})
