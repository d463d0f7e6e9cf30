from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestAttacchi(ContabilitaCommon):
    """What a low-rights user, or a finance clerk, tries over RPC."""

    def test_counters_are_out_of_reach(self):
        for user in (self.istruttore, self.finanziario):
            for name in ("assestato", "impegnato", "bloccato", "liquidato", "no_ceiling", "capitolo_id"):
                with self.subTest(user=user.login, field=name), self.assertRaises(UserError):
                    self.stanziamento.with_user(user).write({name: 1})
            with self.assertRaises(UserError):
                self.env["pa.stanziamento"].with_user(user).create({"capitolo_id": self.capitolo.id})
            with self.assertRaises(UserError):
                self.stanziamento.with_user(user).unlink()

    def test_commitments_are_out_of_reach(self):
        impegno = self._esecutiva(self._riga(80)).impegno_ids
        for user in (self.istruttore, self.finanziario):
            with self.subTest(user=user.login):
                self._attack_commitment(impegno.with_user(user), self.stanziamento.with_user(user))

    def _attack_commitment(self, impegno, stanziamento):
        model = impegno.browse()
        for attack in (
            lambda: impegno.write({"amount": 1}),
            lambda: impegno.write({"number": 7}),
            impegno.unlink,
            lambda: model.create({"amount": 1, "stanziamento_id": stanziamento.id, "kind": "impegno"}),
            lambda: model.with_context(default_amount=9).create({"kind": "impegno"}),
            lambda: stanziamento.write({"movimento_ids": [fields.Command.create({"amount": 1})]}),
        ):
            with self.assertRaises(UserError):
                attack()
        loaded = model.load(["kind", "amount", "description"], [["impegno", "1", "x"]])
        self.assertFalse(loaded["ids"])

    def test_sealed_fields_of_a_line_start_empty(self):
        atto = self._determina()
        riga = self.env["pa.atto.riga"].with_user(self.istruttore).with_context(default_state="done", default_held=50).create({
            "atto_id": atto.id, "amount": 10, "capitolo_id": self.capitolo.id, "held": 50,
            "held_stanziamento_id": self.stanziamento.id, "state": "done",
        })
        self.assertEqual((riga.held, riga.state, riga.held_stanziamento_id.id), (0.0, "draft", False))
        with self.assertRaises(UserError):
            riga.write({"held": 50})
        self.env["ir.default"].set("pa.atto.riga", "state", "done", user_id=self.istruttore.id)
        riga = self.env["pa.atto.riga"].with_user(self.istruttore).create(
            {"atto_id": atto.id, "amount": 10, "capitolo_id": self.capitolo.id}
        )
        self.assertEqual(riga.state, "draft")

    def test_only_own_chapters(self):
        with self.assertRaises(AccessError):
            self._determina(self._riga(10, capitolo_id=self.altrui.id))
        atto = self._determina(self._riga(10))
        with self.assertRaises(AccessError):
            atto.riga_ids.write({"capitolo_id": self.altrui.id})
        altrui = self.env["pa.impegno"]._load_opening(self.altrui, self.year, 5, 10)
        with self.assertRaises(AccessError):
            self._determina(self._riga(5, "liquidazione", impegno_id=altrui.id), tipo="tipo_liquidazione")

    def test_others_figures_are_hidden(self):
        for model, record in (("pa.capitolo", self.altrui), ("pa.stanziamento", self.s_altrui)):
            with self.assertRaises(AccessError):
                record.with_user(self.responsabile).read(["display_name"])
            self.assertIn(record, self.env[model].with_user(self.finanziario).search([]))
        situazione = self.env["pa.situazione"]
        mine = situazione.with_user(self.responsabile).search([])
        self.assertIn(self.capitolo, mine.capitolo_id)
        self.assertNotIn(self.altrui, mine.capitolo_id)
        movimenti = self.env["pa.movimento"].with_user(self.responsabile).search([])
        self.assertNotIn(self.s_altrui, movimenti.stanziamento_id)

    def test_a_delegate_sees_chapters_only_to_spend_on_them(self):
        delega = self.env["pa.delega"].create({
            "incarico_id": self.responsabile.pa_incarico_ids.id, "user_id": self.estraneo.id, "date_from": "2020-01-01",
            "date_to": "2099-12-31", "reason": "Ferie", "tipo_ids": self.env.ref("pa_atti.tipo_ordinanza").ids,
        })
        chapters = self.env["pa.capitolo"].with_user(self.estraneo)
        self.assertNotIn(self.capitolo, chapters.search([]))
        delega.date_to = "2020-01-02"
        delega.copy({"date_to": "2099-12-31", "tipo_ids": self.env.ref("pa_atti.tipo_determina_impegno").ids})
        self.assertIn(self.capitolo, chapters.search([]))
        self._determina(self._riga(10), user=self.estraneo)
        with self.assertRaises(AccessError):
            self._draft("tipo_liquidazione", user=self.estraneo)

    def test_amounts_that_cannot_be(self):
        """A clear sentence with the value, by each door that takes an amount."""
        atto = self._determina(self._riga(10))
        riga, lines = atto.riga_ids, self.env["pa.atto.riga"].with_user(self.istruttore)
        nan, inf = float("nan"), float("inf")
        wrong = {-10: "more than zero", 0: "more than zero", 1e14: "larger than", -1e14: "larger than", nan: "not an amount",
                 inf: "not an amount", 12.345: "decimals", "dodici": "not an amount", "NaN": "not an amount", "1e99": "larger than"}
        for amount, why in wrong.items():
            for door in (
                lambda: atto.write({"riga_ids": [self._riga(amount)]}),  # noqa: B023
                lambda: atto.write({"riga_ids": [fields.Command.update(riga.id, {"amount": amount})]}),  # noqa: B023
                lambda: riga.write({"amount": amount}),  # noqa: B023
                lambda: lines.create({"atto_id": atto.id, "capitolo_id": self.capitolo.id, "amount": amount}),  # noqa: B023
            ):
                with self.subTest(amount=amount), self.assertRaisesRegex(UserError, why):
                    door()
        for amount in (1e14, nan, inf):
            with self.subTest(onchange=amount), self.assertRaises(UserError):
                lines.onchange({"atto_id": atto.id, "kind": "impegno", "capitolo_id": self.capitolo.id, "year": self.year,
                                "amount": amount}, ["amount"], {"room_after": {}, "problems": {}})
            with self.subTest(default=amount), self.assertRaises(UserError):
                lines.with_context(default_amount=amount).create({"atto_id": atto.id, "capitolo_id": self.capitolo.id})
            with self.subTest(search=amount), self.assertRaises(UserError):
                self.env["pa.impegno"].with_user(self.istruttore).search([("disponibile", ">", amount)])
        self.assertEqual(riga.amount, 10.0)

    def test_totals_stay_within_what_is_counted(self):
        """Chapters without a ceiling too: beyond twelve figures cents would be lost."""
        self.s_giro._move({"impegnato": "999999999999.99"}, "prima")
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.s_giro._move({"impegnato": "0.01"}, "poi")
        self.assertCounters(self.s_giro, impegnato=999999999999.99)

    def test_line_cannot_move_to_another_act(self):
        atto, other = self._determina(self._riga(10)), self._determina()
        with self.assertRaises(UserError):
            atto.riga_ids.write({"atto_id": other.id})

    def test_situation_and_new_determina(self):
        row = self.env["pa.situazione"].with_user(self.responsabile).search([("stanziamento_id", "=", self.stanziamento.id)])
        self.assertEqual((row.assestato, row.disponibile), (100.0, 100.0))
        action = row.action_new_determina()
        draft = self.env["pa.atto"].with_user(self.responsabile).with_context(**action["context"]).new({})
        self.assertEqual(draft.riga_ids.capitolo_id, self.capitolo)
        self.assertTrue(row.with_context(counter="impegnato").action_open_movimenti()["domain"])
        self.assertTrue(row._xlsx().startswith(b"PK"))
