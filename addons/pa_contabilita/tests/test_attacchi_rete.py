from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_rete import ReteCommon


@tagged("post_install", "-at_install")
class TestAttacchiRete(ReteCommon):
    """Every public method and every nested command is an endpoint: what a low-rights user, or a clerk, tries there."""

    def setUp(self):
        super().setUp()
        self.atto = self._esecutiva(self._riga(80))
        self.impegno = self.atto.impegno_ids
        self.clerks = (self.istruttore, self.estraneo, self.finanziario)

    def _untouched(self):
        self.assertCounters(self.stanziamento, assestato=100.0, impegnato=80.0, bloccato=0.0, liquidato=0.0)
        self.assertCounters(self.impegno, amount=80.0, liquidato=0.0, number=1)
        self.assertQuadra()

    def test_what_moves_money_is_private(self):
        private = {
            "pa.stanziamento": ("_move", "_move_batch", "_update_row", "_get"),
            "pa.impegno": ("_move_batch", "_load_opening", "_create_opening", "_assign_numbers", "_get_registro"),
            "pa.movimento": ("_insert",),
            "pa.atto": ("_commit_funds", "_liquidate", "_on_submitted", "_on_closed"),
            "pa.atto.riga": ("_hold", "_release"),
            "pa.importa": ("_import_peg", "_import_addon_file", "_each_row"),
            "pa.quadratura": ("_run", "_cron_quadratura"),
        }
        for model, methods in private.items():
            for method in methods:
                with self.subTest(f"{model}.{method}"):
                    self._refused(self.finanziario, model, method, [])
        self._untouched()

    def test_direct_writes(self):
        targets = {
            self.stanziamento: ("assestato", "fpv", "bloccato", "prenotato", "impegnato", "liquidato", "pagato", "cassa",
                                "no_ceiling", "year", "side", "esercizio_id", "capitolo_id", "company_id", "titolo_id"),
            self.impegno: ("amount", "amount_initial", "liquidato", "bloccato", "subimpegnato", "utilizzato", "pagato", "number",
                           "sub_number", "kind", "stanziamento_id", "atto_id", "parent_id", "name", "date", "partner_id", "cig"),
            self.stanziamento.movimento_ids[0]: ("amount", "counter", "stanziamento_id", "reason", "date", "atto_id", "user_id"),
            self.atto.riga_ids: ("amount", "kind", "capitolo_id", "held", "state", "result_impegno_id", "sequence", "atto_id"),
        }
        for record, names in targets.items():
            for user in self.clerks:
                for name in names:
                    with self.subTest(record=record, user=user.login, field=name):
                        self._refused(user, record._name, "write", record.ids, {name: False})
        self._untouched()

    def test_computed_columns_keep_what_is_computed(self):
        """A stored computed field is a column like the others for ``write()``."""
        self._refused(self.istruttore, "pa.atto", "write", self.atto.ids, {"amount_total": 5})
        draft = self._determina(self._riga(10), self._riga(5))
        self._refused(self.istruttore, "pa.atto", "write", draft.ids, {"amount_total": 5})
        self.assertEqual(draft.amount_total, 15.0)
        self._rpc(self.finanziario, "pa.capitolo", "write", self.capitolo.ids, {"code": "1", "missione_id": False})
        self.assertEqual((self.capitolo.code, self.capitolo.missione_id.code), ("1000", "01"))

    def test_births_outside_the_procedure(self):
        births = {
            "pa.stanziamento": {"capitolo_id": self.capitolo.id, "esercizio_id": self.stanziamento.esercizio_id.id},
            "pa.impegno": {"kind": "impegno", "stanziamento_id": self.stanziamento.id, "description": "x", "date": "2026-01-01"},
            "pa.movimento": {"stanziamento_id": self.stanziamento.id, "counter": "assestato", "amount": 1, "reason": "x"},
            "pa.liquidazione": {"atto_id": self.atto.id, "date": "2026-01-01"},
            "pa.liquidazione.riga": {"impegno_id": self.impegno.id, "amount": 1},
        }
        for model, vals in births.items():
            for user in self.clerks:
                with self.subTest(model=model, user=user.login):
                    self._refused(user, model, "create", [vals])
                    if self.env[model]._rec_name:
                        self._refused(user, model, "name_create", "x")
                    fields, values = zip(*vals.items())
                    with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                        loaded = self._rpc(user, model, "load", list(fields), [list(map(str, values))])
                    self.assertFalse(loaded["ids"])
        for record in (self.stanziamento, self.impegno):
            self._refused(self.finanziario, record._name, "copy", record.ids)
        self._untouched()

    def test_nested_commands(self):
        lists = {
            self.capitolo: {"stanziamento_ids": self.stanziamento},
            self.stanziamento: {"movimento_ids": self.stanziamento.movimento_ids},
            self.impegno: {"child_ids": self.impegno, "movimento_ids": self.impegno.movimento_ids, "liquidazione_riga_ids": None},
            self.atto: {"impegno_ids": self.impegno, "riga_ids": self.atto.riga_ids, "liquidazione_ids": None},
        }
        for record, names in lists.items():
            for name, children in names.items():
                amount = {"assestato" if name == "stanziamento_ids" else "amount": 1}
                commands = [Command.create(amount)]
                if children:
                    child = children[0].id
                    commands += [Command.update(child, amount), Command.delete(child), Command.unlink(child)]
                commands += [Command.set([]), Command.clear()] if children else []
                for command in commands:
                    with self.subTest(record=record._name, field=name, command=command):
                        self._refused(self.finanziario, record._name, "write", record.ids, {name: [command]})
        self._untouched()

    def test_deletions_and_cascades(self):
        records = [
            self.impegno, self.stanziamento, self.stanziamento.movimento_ids, self.capitolo, self.atto, self.atto.riga_ids,
            self.stanziamento.esercizio_id, self.fornitore, self.pdc, self.capitolo.programma_id, self.tecnico,
            self.capitolo.analytic_account_id, self.capitolo.titolo_id,
        ]
        admin = new_test_user(self.env, "pa_manager", "base.group_system,pa_contabilita.group_ragioneria,hr.group_hr_manager,"
                              "account.group_account_manager,analytic.group_analytic_accounting")
        for record in records:
            for user in (self.finanziario, admin):
                with self.subTest(record=record, user=user.login):
                    self._refused(user, record._name, "unlink", record.ids)
        self._untouched()

    def test_defaults_do_not_reach_the_seals(self):
        draft = self._determina()
        hostile = {
            "default_state": "done", "default_held": 50, "default_held_stanziamento_id": self.stanziamento.id,
            "default_result_impegno_id": self.impegno.id, "default_company_id": 1, "default_amount_total": 7,
            "default_riga_ids": [Command.create({"amount": 3, "state": "done", "held": 9, "capitolo_id": self.capitolo.id})],
        }
        (riga_id,) = self._rpc(
            self.istruttore, "pa.atto.riga", "create",
            [{"atto_id": draft.id, "amount": 10, "capitolo_id": self.capitolo.id, "year": self.year}], context=hostile,
        )
        riga = self.env["pa.atto.riga"].browse(riga_id)
        self.assertEqual((riga.state, riga.held, riga.result_impegno_id.id, riga.company_id), ("draft", 0.0, False, self.company))
        (atto_id,) = self._rpc(self.istruttore, "pa.atto", "create", [{
            "tipo_id": draft.tipo_id.id, "department_id": self.tecnico.id, "oggetto": "Nuovo",
            "impegno_ids": [Command.link(self.impegno.id)],
        }], context=hostile)
        atto = self.env["pa.atto"].browse(atto_id)
        self.assertEqual((atto.state, atto.impegno_ids.ids), ("draft", []))
        self.assertFalse(atto.riga_ids.filtered(lambda r: r.state != "draft" or r.held))
        self.assertEqual(atto.amount_total, sum(atto.riga_ids.mapped("amount")))
        self._untouched()

    def test_ir_default_of_the_user(self):
        for name, value in (("state", "done"), ("held", 50), ("result_impegno_id", self.impegno.id)):
            self.env["ir.default"].with_user(self.istruttore).set("pa.atto.riga", name, value, user_id=True)
        riga = self._determina(self._riga(10)).riga_ids
        self.assertEqual((riga.state, riga.held, riga.result_impegno_id.id), ("draft", 0.0, False))

    def test_resequence_and_archive(self):
        self._refused(self.istruttore, "pa.atto.riga", "web_resequence", self.atto.riga_ids.ids, {}, field_name="sequence", offset=9)
        self._refused(self.istruttore, "pa.capitolo", "action_archive", self.capitolo.ids)
        self._refused(self.istruttore, "pa.capitolo", "write", self.capitolo.ids, {"department_id": self.affari.id})
        account = self.capitolo.analytic_account_id
        analyst = new_test_user(self.env, "pa_analyst", "analytic.group_analytic_accounting,account.group_account_manager")
        self._refused(analyst, account._name, "action_archive", account.ids)
        self._refused(analyst, account._name, "write", account.ids, {"name": "altro"})

    def test_a_draft_of_another_office(self):
        draft = self._determina(self._riga(10))
        for call in (
            ("pa.atto", "write", draft.ids, {"riga_ids": [Command.clear()]}),
            ("pa.atto.riga", "write", draft.riga_ids.ids, {"amount": 1}),
            ("pa.atto.riga", "unlink", draft.riga_ids.ids),
            ("pa.atto.riga", "create", [{"atto_id": draft.id, "amount": 1, "capitolo_id": self.altrui.id}]),
            ("pa.atto", "action_start", draft.ids),
        ):
            with self.subTest(call[1]):
                self._refused(self.estraneo, *call)
        self.assertFalse(self._rpc(self.estraneo, "pa.atto.riga", "search", [("id", "=", draft.riga_ids.id)]))

    def test_figures_of_others(self):
        """Neither reading, nor grouping, nor exporting, nor the search for a number tells them."""
        for model in ("pa.capitolo", "pa.stanziamento", "pa.situazione", "pa.impegno", "pa.movimento"):
            records = self._rpc(self.estraneo, model, "search", [])
            alien = self.env[model].browse(records).filtered(lambda r: self.capitolo in (r if r._name == "pa.capitolo" else r.capitolo_id))
            self.assertFalse(alien, model)
        groups = self._rpc(self.estraneo, "pa.situazione", "formatted_read_group", [], ["department_id"], ["assestato:sum"])
        self.assertEqual([g["department_id"][0] for g in groups], [self.affari.id])
        self._refused(self.estraneo, "pa.situazione", "action_open_movimenti", self.stanziamento.ids)
        self._refused(self.estraneo, "pa.impegno", "read", self.impegno.ids, ["amount"])
        self._refused(self.estraneo, "pa.situazione", "action_export_xlsx", self.stanziamento.ids)

    def test_the_budget_s_state(self):
        bilancio = self.env["pa.bilancio"].create({"year_first": self.year, "state": "approved"})
        self.assertEqual(bilancio.state, "draft")
        self._refused(self.finanziario, "pa.bilancio", "write", bilancio.ids, {"state": "approved"})
        self._refused(self.istruttore, "pa.bilancio", "action_approve", bilancio.ids)
        self._rpc(self.finanziario, "pa.bilancio", "action_provisional", bilancio.ids)
        self._rpc(self.finanziario, "pa.bilancio", "action_approve", bilancio.ids)
        self.assertEqual(bilancio.state, "approved")
        for call in (("action_approve",), ("action_provisional",), ("unlink",)):
            self._refused(self.finanziario, "pa.bilancio", call[0], bilancio.ids)
        self._refused(self.finanziario, "pa.bilancio", "write", bilancio.ids, {"year_first": self.year + 1})

    def test_uninstall_is_refused(self):
        module = self.env["ir.module.module"].search([("name", "=", "pa_contabilita")])
        for method in ("button_uninstall", "module_uninstall"):
            with self.assertRaisesRegex(UserError, "legal effect"):
                getattr(module, method)()
