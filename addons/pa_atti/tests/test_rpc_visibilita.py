from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_rpc import RpcCommon


@tagged("post_install", "-at_install")
class TestRpcVisibilita(RpcCommon):
    """Over the network: other offices' drafts, reserved acts and attachments, portal and public."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consigliera = new_test_user(cls.env, "pa_consigliera", "pa_atti.group_consultazione")

    def _nothing(self, model, domain, fields):
        with self.subTest(f"{model} {domain}"):
            self.assertEqual(self._rpc(model, "search_read", domain, fields), [])

    def test_draft_of_another_office_in_every_table(self):
        atto = self._draft(oggetto="Segreto")
        atto.add_attachment("bozza.txt", "c2VncmV0bw==")
        for user in (self.estraneo, self.consigliera, self.finanziario):
            self._as(user)
            self._nothing("pa.atto", [("id", "=", atto.id)], ["oggetto"])
            self._nothing("pa.atto", [("oggetto", "ilike", "segreto")], ["oggetto"])
            self._nothing("pa.atto.documento", [("atto_id", "=", atto.id)], ["name", "sha256"])
            self._refused("pa.atto", "read", atto.ids, ["oggetto"])
            self._refused("pa.atto", "export_data", atto.ids, ["oggetto", "state"])
            self._refused("pa.atto", "write", atto.ids, {"oggetto": "x"})
            self._refused("pa.atto", "action_start", atto.ids)
            self._refused("pa.atto", "action_abandon", atto.ids, "x")
            self._refused("pa.atto", "copy", atto.ids)
            self._refused("pa.atto", "unlink", atto.ids)
            self._nothing("mail.message", [("model", "=", "pa.atto"), ("res_id", "=", atto.id)], ["body"])
            self.assertEqual(self._rpc("pa.atto", "formatted_read_group", [("id", "=", atto.id)], ["oggetto"], ["__count"]), [])

    def test_steps_and_entries_of_an_act_under_way(self):
        atto = self._running(oggetto="Segreto")
        for user in (self.estraneo, self.consigliera):
            self._as(user)
            self._nothing("pa.atto.passo", [("atto_id", "=", atto.id)], ["name", "oggetto", "reason"])
            self._nothing("pa.atto.passo", [("atto_id.oggetto", "ilike", "segreto")], ["name"])
            self._nothing("pa.registro.voce", [("payload", "ilike", "Segreto")], ["payload"])
            self._refused("pa.atto.passo", "read", atto.passo_ids.ids, ["reason"])

    def test_reserved_act_stays_reserved_when_concluded(self):
        atto = self._concluded(reserved=True)
        self._as(self.consigliera)
        for model, field in (("pa.atto", "id"), ("pa.atto.passo", "atto_id"), ("pa.registro.voce", "atto_id"),
                             ("pa.atto.documento", "atto_id")):
            self._nothing(model, [(field, "=", atto.id)], ["id"])

    def test_links_do_not_tell_of_hidden_acts(self):
        target = self._concluded()
        link = self._draft(collegamento_ids=[(0, 0, {"target_id": target.id, "kind": "revoca"})]).collegamento_ids
        self._as(self.consigliera)
        self._nothing("pa.atto.collegamento", [("target_id", "=", target.id)], ["atto_id"])
        self.assertEqual(self._rpc("pa.atto", "read", target.ids, ["inverse_collegamento_ids"])[0]["inverse_collegamento_ids"], [])
        self._as(self.estraneo)
        self._refused("pa.atto.collegamento", "write", link.ids, {"note": "x"})
        self._refused("pa.atto.collegamento", "unlink", link.ids)
        self._refused("pa.atto.collegamento", "create", [{"atto_id": link.atto_id.id, "target_id": target.id, "kind": "revoca"}])
        hidden = self._draft()
        own = self._draft(user=self.estraneo, department_id=self.affari.id)
        self._refused("pa.atto.collegamento", "create", [{"atto_id": own.id, "target_id": hidden.id, "kind": "attua"}])
        self._refused("pa.atto", "write", own.ids, {"collegamento_ids": [[0, 0, {"target_id": hidden.id, "kind": "attua"}]]})

    def test_reserved_attachment(self):
        atto = self._draft()
        atto.add_attachment("riservato.txt", "c2VncmV0bw==", "riservato")
        atto.action_start()
        self._complete(atto, self.responsabile)
        self._complete(atto, self.messo)
        document = atto.sudo().documento_ids.filtered(lambda d: d.visibility == "riservato")
        attachment = document.attachment_id
        for user in (self.consigliera, self.estraneo):
            self._as(user)
            self.assertTrue(self._rpc("pa.atto", "search_read", [("id", "=", atto.id)], ["oggetto"]))
            self._nothing("pa.atto.documento", [("id", "=", document.id)], ["name"])
            self._nothing("ir.attachment", [("id", "=", attachment.id)], ["datas"])
            self._nothing("ir.attachment", [("index_content", "ilike", "segreto")], ["name"])
            self._refused("ir.attachment", "read", attachment.ids, ["raw"])
            self._refused("ir.attachment", "copy", attachment.ids)
            self._refused("ir.attachment", "copy", attachment.ids, {"res_model": False, "res_id": False})
            self._refused("ir.attachment", "generate_access_token", attachment.ids)
            self._refused("pa.atto.documento", "action_open", document.ids)
            for url in (f"/web/content/{attachment.id}", f"/web/content/{attachment.id}?access_token=x",
                        f"/web/content/pa.atto.documento/{document.id}/attachment_id",
                        f"/web/content?model=ir.attachment&id={attachment.id}&field=raw", f"/web/image/{attachment.id}"):
                self.env.flush_all()
                with mute_logger("odoo.http"):
                    self.assertNotIn(b"segreto", self.url_open(url).content, url)

    def test_attachment_bytes(self):
        atto = self._draft()
        atto.add_attachment("a.txt", "eA==")
        atto.action_start()
        attachment = atto.sudo().documento_ids.attachment_id[:1]
        self._as(self.istruttore)
        for vals in ({"raw": "altro"}, {"datas": "eQ=="}, {"name": "b"}, {"res_id": 1}, {"res_model": "pa.atto"}, {"public": True},
                     {"mimetype": "text/html"}, {"access_token": "x"}, {"type": "url", "url": "http://x"}, {"store_fname": "x"}):
            self._refused("ir.attachment", "write", attachment.ids, vals)
        self._refused("ir.attachment", "unlink", attachment.ids)
        self._refused("ir.attachment", "copy", attachment.ids)
        self._refused("ir.attachment", "create", [{"name": "x", "raw": "x", "res_model": "pa.atto.documento",
                                                  "res_id": attachment.res_id}])
        self._refused("ir.attachment", "create", [{"name": "x", "raw": "x"}],
                      context={"default_res_model": "pa.atto.documento", "default_res_id": attachment.res_id})
        own = self._rpc("ir.attachment", "create", [{"name": "x", "raw": "x"}])
        self._refused("ir.attachment", "write", own, {"res_model": "pa.atto.documento", "res_id": attachment.res_id})
        self._refused("pa.atto.documento", "write", [attachment.res_id], {"attachment_id": own[0]})
        for document in atto.sudo().documento_ids:
            document._bytes()

    def test_portal_and_public(self):
        atto = self._concluded()
        document = atto.sudo()._official_document()
        portal = new_test_user(self.env, "pa_portale", "base.group_portal")
        self._as(portal)
        for model in ("pa.atto", "pa.atto.passo", "pa.atto.documento", "pa.registro.voce", "pa.incarico", "pa.delega"):
            self._refused(model, "search_read", [], ["id"])
        urls = (f"/web/content/{document.attachment_id.id}", f"/web/content/pa.atto.documento/{document.id}/attachment_id")
        for user in (portal.login, None):
            self.authenticate(user, user)
            for url in urls:
                self.env.flush_all()
                with mute_logger("odoo.http"):
                    self.assertNotIn(b"%PDF", self.url_open(url).content)

    def _heard(self, user, channels=()):
        """Acts whose changes reach the pages of this user, whatever channels he asks for."""
        self._as(user)
        answer = self.make_jsonrpc_request(
            "/websocket/peek_notifications", {"channels": list(channels), "last": 0, "is_first_poll": True}
        )
        messages = [notification["message"] for notification in answer["notifications"]]
        return {message["payload"]["id"] for message in messages if message["type"] == "pa_atti/changed"}

    def test_changes_are_heard_only_by_who_sees_the_act(self):
        atto = self._running()
        colleague = self._person("collega", "ruolo_istruttore", self.tecnico)
        segreteria = new_test_user(self.env, "pa_segreteria", "pa_atti.group_segreteria")
        self.cr.flush()
        for user in (self.istruttore, self.responsabile, colleague, segreteria):
            self.assertEqual(self._heard(user), {atto.id}, user.name)
        others = [f"hr.department_{self.tecnico.id}", f"pa.atto_{atto.id}", f"res.partner_{self.responsabile.partner_id.id}"]
        for user in (self.estraneo, self.consigliera, self.finanziario):
            self.assertEqual(self._heard(user, others), set(), user.name)
        self._complete(atto, self.responsabile)
        self._complete(atto, self.messo)
        self.cr.flush()
        self.assertEqual(self._heard(self.consigliera), {atto.id})

    def test_consultation_writes_nothing(self):
        atto = self._concluded()
        self._as(self.consigliera)
        self._refused("pa.atto", "create", [{"tipo_id": atto.tipo_id.id, "department_id": self.tecnico.id, "oggetto": "x"}])
        self._refused("pa.atto", "message_post", atto.ids, body="x")
        self._refused("pa.delega", "create", [{"incarico_id": self.responsabile.pa_incarico_ids.id, "user_id": self.consigliera.id,
                                              "date_from": "2026-01-01", "date_to": "2099-01-01", "reason": "x"}])
        self._refused("pa.motivo", "create", [{"atto_id": atto.id, "action": "abandon", "reason": "x"}])
