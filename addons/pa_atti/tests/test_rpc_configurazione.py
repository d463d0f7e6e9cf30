from odoo import fields
from odoo.tests import new_test_user, tagged

from .common_rpc import RpcCommon


@tagged("post_install", "-at_install")
class TestRpcConfigurazione(RpcCommon):
    """Over the network: powers, registers, offices; and what a consultant may not do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consulente = new_test_user(cls.env, "pa_consulente", "pa_atti.group_consulente")
        cls.segreteria = new_test_user(cls.env, "pa_segreteria", "pa_atti.group_segreteria")

    def _appointment(self, user, ruolo="ruolo_finanziario"):
        return {"user_id": user.id, "ruolo_id": self.env.ref(f"pa_atti.{ruolo}").id, "date_from": "2026-01-01"}

    def test_nobody_gives_himself_power(self):
        self._as(self.istruttore)
        self._refused("pa.incarico", "create", [self._appointment(self.istruttore)])
        self._refused("pa.incarico", "write", self.responsabile.pa_incarico_ids.ids, {"user_id": self.istruttore.id})
        self._refused("res.users", "write", self.istruttore.ids, {
            "pa_incarico_ids": [[0, 0, self._appointment(self.istruttore)]]})
        self._refused("res.users", "write", self.istruttore.ids, {
            "group_ids": [[4, self.env.ref("pa_atti.group_segreteria").id]]})
        incarico = self.responsabile.pa_incarico_ids
        for user in (self.consulente, self.segreteria):
            self._as(user)
            self._refused("pa.incarico", "create", [self._appointment(user)])
            self._refused("pa.incarico", "write", incarico.ids, {"user_id": user.id})

    def test_delegation_only_of_own_power(self):
        vals = {"user_id": self.istruttore.id, "date_from": str(fields.Date.today()), "date_to": "2099-01-01", "reason": "Ferie"}
        self._as(self.istruttore)
        self._refused("pa.delega", "create", [{**vals, "incarico_id": self.responsabile.pa_incarico_ids.id}])
        self._as(self.responsabile)
        self._refused("pa.delega", "create", [{**vals, "incarico_id": self.finanziario.pa_incarico_ids.id}])
        ids = self._rpc("pa.delega", "create", [{**vals, "incarico_id": self.responsabile.pa_incarico_ids.id}])
        self._refused("pa.delega", "write", ids, {"incarico_id": self.finanziario.pa_incarico_ids.id})
        self._refused("pa.delega", "write", ids, {"user_id": self.estraneo.id})
        self._refused("pa.delega", "unlink", ids)
        self._as(self.istruttore)
        self._refused("pa.delega", "write", ids, {"date_to": "2199-01-01"})

    def test_used_register(self):
        self._running()
        registro = self.env["pa.registro"].search([("department_id", "=", self.tecnico.id)])
        self._as(self.consulente)
        for vals in ({"code": "Z"}, {"kind": "altro"}, {"department_id": self.affari.id}, {"active": False}):
            self._refused("pa.registro", "write", registro.ids, vals)
        self._refused("pa.registro", "action_archive", registro.ids)
        self._refused("pa.registro", "unlink", registro.ids)
        anno = registro.anno_ids
        for vals in ({"first_number": 7}, {"last_number": 0}, {"last_hash": "0" * 64}, {"year": 2020}):
            self._refused("pa.registro.anno", "write", anno.ids, vals)
        self._refused("pa.registro", "write", registro.ids, {"anno_ids": [[2, anno.id]]})
        self._refused("pa.registro.anno", "create", [{"registro_id": registro.id, "year": 2031, "first_number": 0}])
        self.assertEqual(registro._verify(anno.year), [])

    def test_used_office(self):
        self._running()
        self.istruttore.group_ids += self.env.ref("hr.group_hr_manager")
        self._as(self.istruttore)
        for vals in ({"pa_code": "Z"}, {"pa_kind": "ufficio"}, {"parent_id": self.affari.id}, {"active": False}):
            self._refused("hr.department", "write", self.tecnico.ids, vals)
        self._refused("hr.department", "action_archive", self.tecnico.ids)
        self._refused("hr.department", "unlink", self.tecnico.ids)

    def test_definitions_never_touch_acts_under_way(self):
        atto = self._running("tipo_delibera_giunta", oggetto="In corso")
        tipo = atto.tipo_id
        before = atto.passo_ids.mapped(lambda p: (p.name, p.kind, p.ruolo_id, p.sequence))
        other = self.env["pa.registro"].create({"code": "DG2", "name": "Altro", "kind": "organo"})
        original = tipo.registro_organo_id
        self._as(self.consulente)
        steps = tipo.iter_id.passo_ids
        self._rpc("pa.iter.passo", "write", steps.ids, {"name": "Cambiato", "term_days": 99})
        self._rpc("pa.iter.passo", "unlink", steps.filtered(lambda p: p.kind in ("firma", "parere")).ids)
        self._rpc("pa.atto.tipo", "write", tipo.ids, {"registro_organo_id": other.id, "publication_days": 1,
                                                     "enforceable_days": 0})
        self._rpc("pa.atto.tipo", "action_archive", tipo.ids)
        self._rpc("pa.iter", "action_archive", tipo.iter_id.ids)
        self._refused("pa.iter", "unlink", tipo.iter_id.ids)
        self.assertEqual(atto.passo_ids.mapped(lambda p: (p.name, p.kind, p.ruolo_id, p.sequence)), before)
        for user in (self.responsabile, self.finanziario, self.segretario, self.segretario, self.messo):
            self._complete(atto, user)
        self.assertEqual((atto.state, atto.number_organo), ("done", 1))
        self.assertEqual(atto.voce_ids.filtered(lambda v: v.registro_id.kind == "organo").registro_id, original)
        published = atto.date_pubblicazione_to - atto.date_pubblicazione_from
        self.assertEqual((published.days, (atto.date_esecutiva - atto.date_pubblicazione_from).days), (15, 11))

    def test_consultant_reads_and_moves_no_draft(self):
        atto = self._running()
        self._as(self.consulente)
        self.assertEqual(self._rpc("pa.atto", "search_read", [("id", "=", atto.id)], ["oggetto"]), [])
        self._refused("pa.atto.passo", "action_complete", atto.current_passo_ids.ids)
        self._refused("ir.actions.server", "create", [{
            "name": "x", "model_id": self.env["ir.model"]._get("pa.atto").id, "state": "code",
            "code": "env['pa.atto'].browse(1).write({'state': 'done'})"}])
        self._refused("ir.rule", "search_read", [], ["name"])
