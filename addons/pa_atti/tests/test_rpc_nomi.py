from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from ..tools.giorno import today
from .common import AttiCommon


@tagged("post_install", "-at_install")
class TestRpcNomi(AttiCommon):
    """What is not one's own is neither named by a relation, nor reached by pointing one's own record at it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consigliera = new_test_user(cls.env, "pa_consigliera", "pa_atti.group_consultazione")

    def _rpc(self, user, model, method, *args, **kwargs):
        self.env.flush_all()
        self.env.invalidate_all()
        return call_kw(self.env[model].with_user(user), method, list(args), kwargs)

    def test_a_delegation_is_not_turned_to_another_s_appointment(self):
        """Record rules are asked before a write: what it makes of the record is asked too."""
        later = today() + timedelta(days=9)
        delega = self.env["pa.delega"].with_user(self.istruttore).create({
            "incarico_id": self.istruttore.pa_incarico_ids.id, "user_id": self.estraneo.id, "date_from": later, "date_to": later,
            "reason": "Ferie"})
        target = self.finanziario.pa_incarico_ids.id
        for vals in ({"incarico_id": target}, {"incarico_id": target, "date_from": str(today())}):
            with self.assertRaises(AccessError):
                self._rpc(self.istruttore, "pa.delega", "write", delega.ids, vals)

    def test_a_link_is_not_turned_to_what_one_does_not_see(self):
        hidden, theirs = self._draft(oggetto="Segreto"), self._draft(oggetto="Bozza altrui")
        target = self._draft(user=self.estraneo, department_id=self.affari.id)
        own = self._draft(user=self.estraneo, department_id=self.affari.id, collegamento_ids=[
            (0, 0, {"target_id": target.id, "kind": "attua"})])
        for vals in ({"target_id": hidden.id}, {"atto_id": theirs.id}):
            with self.assertRaises(AccessError):
                self._rpc(self.estraneo, "pa.atto.collegamento", "write", own.collegamento_ids.ids, vals)
            with self.assertRaises(AccessError):
                self._rpc(self.estraneo, "pa.atto", "write", own.ids, {"collegamento_ids": [(1, own.collegamento_ids.id, vals)]})

    def test_a_reserved_original_is_not_named_by_its_version_with_omissis(self):
        atto = self._draft()
        original = atto.add_attachment("Procedimento contro Rossi.txt", "c2VncmV0bw==")
        version = atto.add_attachment("verbale.txt", "b21pc3Npcw==", "omissis", original)
        atto.action_start()
        self._complete(atto, self.responsabile)
        self._complete(atto, self.messo)
        for user, told in ((self.consigliera, False), (self.istruttore, True)):
            (read,) = self._rpc(user, "pa.atto.documento", "read", [version], ["name", "derived_from_id"])
            self.assertEqual("Rossi" in str(read), told, user.name)
            (read,) = self._rpc(user, "pa.atto.documento", "web_read", [version],
                                {"derived_from_id": {"fields": {"display_name": {}}}})
            self.assertEqual("Rossi" in str(read), told, user.name)

    def test_a_dialog_tells_nothing_of_another_s_draft(self):
        hidden = self._draft(oggetto="Segreto")
        hidden.add_attachment("Segreto.txt", "eA==")
        running = self._draft(oggetto="Segreto")
        running.action_start()
        clausola = self.env["pa.clausola"].create({"name": "x", "text": "<p>{oggetto}</p>", "section": "premesse"})
        for model, values in (
            ("pa.inserisci.clausola", {"atto_id": hidden.id, "clausola_id": clausola.id}), ("pa.allega", {"atto_id": hidden.id}),
            ("pa.motivo", {"atto_id": hidden.id, "action": "abandon"}), ("pa.voto", {"passo_id": running.current_passo_ids.id}),
            ("pa.motivo", {"passo_id": running.current_passo_ids.id, "action": "return"}),
        ):
            spec = {
                name: {"fields": {"display_name": {}}} if field.comodel_name else {}
                for name, field in self.env[model]._fields.items() if not name.endswith(("_uid", "_date"))
            }
            try:
                answer = self._rpc(self.estraneo, model, "onchange", [], values, list(values), spec)
                ids = self._rpc(self.estraneo, model, "create", [values])
                answer = [answer, self._rpc(self.estraneo, model, "web_read", ids, spec)]
            except AccessError as error:
                answer = error
            self.assertNotIn("Segreto", str(answer), model)
