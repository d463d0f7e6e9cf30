from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.giorno import today
from .common import AttiCommon


@tagged("post_install", "-at_install")
class TestDelega(AttiCommon):
    """A delegation for some types of act opens the acts of those types, of that office, in its days, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ordinanza = cls.env.ref("pa_atti.tipo_ordinanza")
        cls.altro = cls.env["hr.department"].create({"name": "Settore Sociale", "pa_code": "S", "pa_kind": "settore"})

    def _delegate(self, *tipi, **vals):
        return self.env["pa.delega"].create({
            "incarico_id": self.responsabile.pa_incarico_ids.id, "user_id": self.estraneo.id, "date_from": today(),
            "date_to": today(), "reason": "Ferie", "tipo_ids": [tipo.id for tipo in tipi], **vals,
        })

    def _with_attachment(self, tipo, **vals):
        atto = self._draft(tipo, **vals)
        atto.add_attachment("riservato.txt", "c2VncmV0bw==", "riservato")
        return atto

    def test_only_acts_of_those_types(self):
        determina, ordinanza = self._with_attachment("tipo_determina"), self._with_attachment("tipo_ordinanza")
        reserved = self._with_attachment("tipo_determina", reserved=True)
        reserved_ordinanza = self._with_attachment("tipo_ordinanza", reserved=True)
        self._delegate(self.ordinanza)
        for atto, seen in ((determina, False), (reserved, False), (ordinanza, True), (reserved_ordinanza, True)):
            self._assert_reach(atto, seen)
        ordinanza.with_user(self.estraneo).oggetto = "Corretta dal delegato"
        self.assertTrue(ordinanza.with_user(self.estraneo).content_editable)

    def _assert_reach(self, atto, seen):
        self.env.invalidate_all()  # as another request would find it
        mine, ids = atto.with_user(self.estraneo), [("id", "=", atto.id)]
        documents = atto.sudo().documento_ids.with_user(self.estraneo)
        reach = {
            "search": mine.search(ids), "visible": mine.search([*ids, ("visible_to_me", "=", True)]),
            "mine": mine.search([*ids, ("in_my_offices", "=", True)]), "read": mine.has_access("read"),
            "write": mine.has_access("write"), "groups": mine.formatted_read_group(ids, ["tipo_id"], ["__count"]),
            "documents": documents.search([("atto_id", "=", atto.id)]), "document": documents.has_access("read"),
            "bytes": documents.sudo().attachment_id.with_user(self.estraneo).has_access("read"),
        }
        self.assertEqual({name: bool(found) for name, found in reach.items()}, dict.fromkeys(reach, seen), atto.display_name)

    def test_a_delegate_writes_only_acts_of_those_types(self):
        self._delegate(self.ordinanza)
        atto = self._draft("tipo_ordinanza", user=self.estraneo)
        atto.action_start()
        with self.assertRaises(AccessError):
            self._draft("tipo_determina", user=self.estraneo)
        atto = self._draft("tipo_ordinanza", user=self.estraneo)
        with self.assertRaises(AccessError):
            atto.tipo_id = self.env.ref("pa_atti.tipo_determina")

    def test_a_draft_is_not_pushed_to_another_office(self):
        atto = self._draft()
        with self.assertRaises(AccessError):
            atto.department_id = self.affari

    def test_a_delegation_for_every_type(self):
        atto = self._with_attachment("tipo_determina", reserved=True)
        self._delegate()
        self._assert_reach(atto, True)

    def test_only_in_its_days(self):
        atto = self._with_attachment("tipo_ordinanza")
        day = timedelta(days=1)
        self._delegate(self.ordinanza, date_from=today() - 2 * day, date_to=today() - day)
        self._delegate(self.ordinanza, date_from=today() + day, date_to=today() + 2 * day)
        self._assert_reach(atto, False)
        ended = self._delegate(self.ordinanza)
        self._assert_reach(atto, True)
        ended.sudo().incarico_id.date_to = today() - day
        self._assert_reach(atto, False)

    def test_only_of_that_office(self):
        self._delegate(self.ordinanza)
        self.env["pa.incarico"].create({
            "user_id": self.istruttore.id, "ruolo_id": self.env.ref("pa_atti.ruolo_istruttore").id,
            "department_id": self.altro.id,
        })
        self._assert_reach(self._with_attachment("tipo_ordinanza", department_id=self.altro.id), False)

    def test_an_archived_type_does_not_widen_it(self):
        atto = self._with_attachment("tipo_determina")
        self._delegate(self.ordinanza)
        self.ordinanza.active = False
        self._assert_reach(atto, False)
        self.env.registry.clear_cache()
        self.env.invalidate_all()
        self._assert_reach(atto, False)
        atto.action_start()
        self.assertEqual(atto.current_passo_ids.user_ids, self.responsabile)

    def test_a_deleted_type_does_not_widen_it(self):
        tipo = self.ordinanza.copy({"code": "PROVA"})
        self._delegate(tipo)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            tipo.unlink()

    def test_changes_are_not_told_to_a_delegate_for_other_types(self):
        """The offices whose channels he listens to."""
        self._delegate(self.ordinanza)
        self.assertEqual(self.estraneo._pa_department_ids(), self.affari)
        self.assertEqual(self.estraneo._pa_department_ids(self.ordinanza.ids), self.affari | self.tecnico)
