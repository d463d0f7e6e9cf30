from decimal import Decimal

from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation, RaiseException

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.stanziamento import RoomError
from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestStanziamento(ContabilitaCommon):
    def test_room_is_refused_and_told(self):
        self.stanziamento._move({"impegnato": 80}, "primo")
        with self.assertRaisesRegex(RoomError, r"80,00 € .* 20,00 €"):
            self.stanziamento._move({"impegnato": 80}, "secondo")
        self.assertCounters(self.stanziamento, impegnato=80.0, disponibile=20.0)

    def test_hold_reservation_and_fpv_take_room(self):
        self.stanziamento._move({"bloccato": 30, "prenotato": 30, "fpv": 30}, "tutti")
        with self.assertRaises(RoomError):
            self.stanziamento._move({"impegnato": "10.01"}, "un centesimo di troppo")
        self.stanziamento._move({"impegnato": "10.00"}, "giusto")
        self.assertCounters(self.stanziamento, disponibile=0.0)

    def test_cents_are_exact(self):
        for _i in range(10):
            self.stanziamento._move({"impegnato": 0.1}, "decimi")
        self.env.cr.execute("SELECT impegnato FROM pa_stanziamento WHERE id = %s", [self.stanziamento.id])
        self.assertEqual(self.env.cr.fetchone()[0], Decimal("1.00"))

    def test_partite_di_giro_have_no_ceiling(self):
        self.s_giro._move({"impegnato": 5000}, "ritenute")
        self.assertCounters(self.s_giro, impegnato=5000.0)

    def test_the_budget_cannot_fall_below_what_is_committed(self):
        self.stanziamento._move({"impegnato": 80}, "impegno")
        with self.assertRaises(RoomError):
            self.stanziamento._move({"assestato": -21}, "variazione")

    def test_liquidato_stays_within_impegnato(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.stanziamento._move({"liquidato": 1}, "senza impegno")

    def test_the_table_says_it_again(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE pa_stanziamento SET impegnato = 100.01 WHERE id = %s", [self.stanziamento.id])

    def test_ledger_is_append_only(self):
        self.stanziamento._move({"impegnato": 80}, "impegno")
        movimento = self.stanziamento.movimento_ids[0]
        for attack in (lambda: movimento.write({"amount": 1}), movimento.unlink, lambda: movimento.create({})):
            with self.assertRaises(UserError):
                attack()
        for query in ("UPDATE pa_movimento SET amount = 1 WHERE id = %s", "DELETE FROM pa_movimento WHERE id = %s"):
            with self.assertRaises(RaiseException), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.cr.execute(query, [movimento.id])

    def test_capitolo_guards_its_analytic_account(self):
        account = self.capitolo.analytic_account_id
        self.assertEqual(account.plan_id, self.env.ref("pa_contabilita.plan_capitoli"))
        for vals in ({"name": "altro"}, {"active": False}, {"code": "x"}):
            with self.assertRaises(UserError):
                account.write(vals)
        with self.assertRaises(UserError):
            account.unlink()
        self.capitolo.name = "Manutenzioni"
        self.assertEqual(account.name, "Manutenzioni")
        self.capitolo.action_archive()
        self.assertFalse(account.active)

    def test_used_chapter_keeps_its_number(self):
        for vals in ({"number": 5}, {"side": "income"}, {"analytic_account_id": self.altrui.analytic_account_id.id}):
            with self.assertRaises(UserError):
                self.capitolo.write(vals)
