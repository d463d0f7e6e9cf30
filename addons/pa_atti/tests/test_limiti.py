from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import AttiCommon


@tagged("post_install", "-at_install")
class TestLimiti(AttiCommon):
    """What the law does not let a procedure, or whoever configures it, do."""

    def _adopted(self):
        atto = self._draft("tipo_delibera_giunta")
        atto.action_start()
        for user in (self.responsabile, self.finanziario, self.segretario):
            self._complete(atto, user)
        self.assertEqual(atto.number_organo, 1)
        return atto

    def test_adopted_resolution_is_neither_withdrawn_nor_sent_back(self):
        atto = self._adopted()
        with self.assertRaises(UserError):
            atto.with_user(self.istruttore).action_abandon("Ci ho ripensato")
        step = atto.with_user(self.segretario)._my_step()
        for call in (step.action_return, step.action_reject):
            with self.assertRaises(UserError):
                call("Da rifare")
        self.assertEqual(atto.state, "running")

    def test_who_publishes_judges_nothing(self):
        atto = self._draft()
        atto.action_start()
        self._complete(atto, self.responsabile)
        step = atto.with_user(self.messo)._my_step()
        for call in (step.action_return, step.action_reject):
            with self.assertRaises(UserError):
                call("Non mi piace")

    def test_signatures_are_not_automatic(self):
        iter_id = self.env.ref("pa_atti.iter_determina_impegno")
        for kind in ("firma", "visto"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                iter_id.passo_ids.filtered(lambda p, kind=kind: p.kind == kind).automatic = True

    def test_enforceable_before_the_signature_is_refused(self):
        iter_id = self.env.ref("pa_atti.iter_determina")
        iter_id.passo_ids.filtered(lambda p: p.kind == "esecutivita").sequence = 15
        with self.assertRaisesRegex(UserError, "signed"):
            self._draft().action_start()

    def test_nobody_takes_a_power_by_himself(self):
        self.segretario.group_ids += self.env.ref("pa_atti.group_segreteria")
        values = {
            "incarico_id": self.finanziario.pa_incarico_ids.id, "user_id": self.segretario.id, "date_from": "2020-01-01",
            "date_to": "2099-12-31", "reason": "Ferie",
        }
        with self.assertRaises(UserError):
            self.env["pa.delega"].with_user(self.segretario).create(values)
        delega = self.env["pa.delega"].with_user(self.segretario).create(
            {**values, "user_id": self.estraneo.id, "date_from": "2098-01-01"})
        with self.assertRaises(UserError):
            delega.user_id = self.segretario

    def test_a_delegate_does_not_prolong_it_by_himself(self):
        self.segretario.group_ids += self.env.ref("pa_atti.group_segreteria")
        delega = self.env["pa.delega"].create({
            "incarico_id": self.responsabile.pa_incarico_ids.id, "user_id": self.segretario.id, "date_from": "2020-01-01",
            "date_to": "2098-12-31", "reason": "Ferie"})
        with self.assertRaisesRegex(UserError, "by himself"):
            delega.with_user(self.segretario).date_to = "2099-12-31"

    def test_an_appointment_does_not_end_before_what_it_signed(self):
        atto = self._draft()
        atto.action_start()
        self._complete(atto, self.responsabile)
        incarico = self.responsabile.pa_incarico_ids
        self.segretario.group_ids += self.env.ref("pa_atti.group_segreteria")
        day = fields.Datetime.context_timestamp(
            self.env.user.with_context(tz="Europe/Rome"), atto.passo_ids.filtered(lambda p: p.incarico_id == incarico).date_done
        ).date()
        mine = incarico.with_user(self.segretario)
        with self.assertRaisesRegex(ValidationError, "after that day"):
            mine.date_to = day - timedelta(days=1)
        mine.date_to = day
        self.assertEqual(mine.date_to, day)

    def test_nor_before_what_a_delegate_signed(self):
        self.env["pa.delega"].create({
            "incarico_id": self.responsabile.pa_incarico_ids.id, "user_id": self.estraneo.id, "date_from": "2020-01-01",
            "date_to": "2099-12-31", "reason": "Ferie"})
        atto = self._draft()
        atto.action_start()
        self._complete(atto, self.estraneo)
        with self.assertRaisesRegex(ValidationError, "after that day"):
            self.responsabile.pa_incarico_ids.date_to = "2020-12-31"

    def test_drafting_passes_on_when_the_author_leaves(self):
        atto = self._draft("tipo_determina_impegno")
        atto.action_start()
        self.istruttore.active = False
        atto.with_user(self.responsabile)._my_step().action_return("Manca il CIG")
        self.assertEqual(atto.current_passo_ids.user_ids, self.responsabile)
        self._complete(atto, self.responsabile)
        self.assertEqual((atto.number_settore, atto.current_kind), (1, "firma"))

    def test_what_is_computed_is_not_written(self):
        incarico = self.responsabile.pa_incarico_ids
        delega = self.env["pa.delega"].with_user(self.responsabile).create({
            "incarico_id": incarico.id, "user_id": self.estraneo.id, "date_from": "2098-01-01", "date_to": "2099-12-31",
            "reason": "Ferie", "company_id": False})
        self.assertEqual(delega.company_id, incarico.company_id)
        with self.assertRaises(UserError):
            delega.company_id = False

    def test_register_of_another_body_is_not_used(self):
        other = self.env["res.company"].create({"name": "Comune di Altrove"})
        tipo = self.env.ref("pa_atti.tipo_delibera_giunta")
        office = self.env["hr.department"].create({"name": "Uffici", "company_id": other.id})
        atto = self.env["pa.atto"].with_company(other).create(
            {"tipo_id": tipo.id, "oggetto": "Altrove", "department_id": office.id, "company_id": other.id})
        with self.assertRaises(UserError):
            atto._registro_for("organo")
        code = tipo.registro_organo_id.code
        own = self.env["pa.registro"].create({"code": code, "name": "Giunta", "kind": "organo", "company_id": other.id})
        self.assertEqual(atto._registro_for("organo"), own)
