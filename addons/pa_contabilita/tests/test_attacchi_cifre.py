import json

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common_rete import REFUSED, ReteCommon

SPEC = {"capitolo_id": {"fields": {"display_name": {}, "name": {}}}, "year": {}, "room": {}, "room_after": {}, "target": {},
        "problems": {}, "partner_id": {"fields": {"display_name": {}}}, "description": {}, "kind": {},
        "impegno_id": {"fields": {"display_name": {}}}, "prenotazione_id": {"fields": {"display_name": {}}},
        "source_riga_id": {"fields": {"display_name": {}}}, "amount": {}}


@tagged("post_install", "-at_install")
class TestAttacchiCifre(ReteCommon):
    """The room, the creditor and the name of another office's chapter are told by no line that points at it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.altrui.name = "Segretissimo"
        cls.fornitore_altrui = cls.env["res.partner"].create({"name": "Creditore segreto"})
        cls.s_altrui._move({"assestato": "4321.09"}, "Bilancio")
        cls.i_altrui = cls.env["pa.impegno"]._load_opening(
            cls.altrui, cls.year, 777, "1234.56", partner_id=cls.fornitore_altrui.id, description="Motivo segreto"
        )
        cls.p_altrui = cls.env["pa.impegno"]._load_opening(
            cls.altrui, cls.year, 778, "654.32", kind="prenotazione", partner_id=cls.fornitore_altrui.id
        )
        cls.consigliera = new_test_user(cls.env, "pa_consigliera", "pa_atti.group_consultazione")
        cls.secrets = ("Segretissimo", "segreto", "4421.09", "4.421,09", "2532.21", "2.532,21", "1234.56", "1.234,56", "654.32",
                       "654,32", "2000", "777", "778")

    def assertTellsNothing(self, answer):
        text = json.dumps(answer, default=str)
        self.assertFalse([secret for secret in self.secrets if secret in text], text)

    def _aims(self):
        """Lines that point at what is not one's own."""
        theirs = self.env["pa.atto"].create({
            "tipo_id": self.env.ref("pa_atti.tipo_determina_impegno").id, "department_id": self.affari.id, "oggetto": "Altrui",
            "riga_ids": [self._riga(10, capitolo_id=self.altrui.id, partner_id=self.fornitore_altrui.id)],
        })
        return [
            {"kind": "impegno", "capitolo_id": self.altrui.id, "year": self.year},
            {"kind": "impegno", "prenotazione_id": self.p_altrui.id},
            {"kind": "economia", "impegno_id": self.i_altrui.id},
            {"kind": "subimpegno", "impegno_id": self.i_altrui.id},
            {"kind": "riferimento", "impegno_id": self.i_altrui.id},
            {"kind": "liquidazione", "impegno_id": self.i_altrui.id},
            {"kind": "liquidazione", "source_riga_id": theirs.riga_ids.id},
        ]

    def _onchange(self, user, ids, values):
        self.env.invalidate_all()
        return self._rpc(user, "pa.atto.riga", "onchange", ids, values, list(values), SPEC)

    def test_onchange_tells_nothing(self):
        own = self._determina(self._riga(10))
        for values in self._aims():
            for ids in ([], own.riga_ids.ids):
                with self.subTest(values=values, ids=ids):
                    sent = {"amount": 1000000, **values}
                    try:
                        answer = self._onchange(self.responsabile, ids, {"atto_id": own.id, **sent} if not ids else sent)
                    except AccessError as error:
                        answer = str(error)
                    self.assertTellsNothing(answer)

    def test_onchange_of_the_whole_act_tells_nothing(self):
        own = self._determina(self._riga(10))
        spec = {"riga_ids": {"fields": SPEC}, "amount_total": {}, "amount_impegnato": {}}
        for values in self._aims():
            commands = [Command.create({"amount": 1000000, **values}), Command.update(own.riga_ids.id, values)]
            for command in commands:
                with self.subTest(command=command):
                    self.env.invalidate_all()
                    try:
                        answer = self._rpc(self.responsabile, "pa.atto", "onchange", own.ids, {"riga_ids": [command]},
                                           ["riga_ids"], spec)
                    except AccessError as error:
                        answer = str(error)
                    self.assertTellsNothing(answer)

    def test_new_tells_nothing(self):
        """A server action, or a method that makes a new record of what it is sent."""
        own = self._determina()
        for values in self._aims():
            self.env.invalidate_all()
            riga = self.env["pa.atto.riga"].with_user(self.responsabile).new({"atto_id": own.id, "amount": 1000000, **values})
            told = {name: riga[name] for name in ("room", "target", "problems", "year")}
            told["partner"], told["chapter"] = riga.partner_id.sudo().name, riga.capitolo_id.sudo().id
            told.pop("chapter") if "capitolo_id" in values else self.assertFalse(told["chapter"])
            self.assertEqual(told["room"], 0.0)
            self.assertTellsNothing(told)

    def test_a_line_is_not_stored_on_others_chapters(self):
        own = self._determina(self._riga(10))
        for values in self._aims():
            for method, args in (("create", [[{"atto_id": own.id, "amount": 5, **values}]]), ("write", [own.riga_ids.ids, values])):
                with self.subTest(method=method, values=values):
                    try:
                        with self.env.cr.savepoint():
                            self._rpc(self.responsabile, "pa.atto.riga", method, *args)
                            self.env.flush_all()
                    except REFUSED as error:
                        self.env.invalidate_all(flush=False)
                        self.assertTellsNothing(str(error))
                    else:
                        self.fail("not refused")

    def test_a_line_takes_from_a_line_of_its_own_act_only(self):
        own, other = self._determina(self._riga(10)), self._determina(self._riga(10))
        with self.assertRaises(ValidationError):
            own.write({"riga_ids": [self._riga(5, "liquidazione", source_riga_id=other.riga_ids.id)]})

    def test_paths_through_a_visible_line(self):
        """A concluded act is read by everybody, with its lines; what their chapter has left is not."""
        user = self.estraneo
        atto = self._draft("tipo_determina_impegno", user=user, department_id=self.affari.id,
                           riga_ids=[self._riga(10, capitolo_id=self.altrui.id)])
        head = self._person("capo", "ruolo_responsabile", self.affari)
        atto.action_start()
        for person in (head, self.finanziario, self.messo):
            self._complete(atto, person)
        self.assertEqual(atto.state, "done")
        figure = dict.fromkeys(("room", "problems"))
        for reader in (self.consigliera, self.responsabile):
            reader.group_ids += self.env.ref("base.group_allow_export")
            for path in ("capitolo_id.stanziamento_ids.impegnato", "result_impegno_id.stanziamento_id.impegnato",
                         "capitolo_id.stanziamento_ids.movimento_ids.amount"):
                with self.subTest(reader=reader.login, path=path):
                    self.env.invalidate_all()
                    try:
                        found = self._rpc(reader, "pa.atto.riga", "search", [("atto_id", "=", atto.id), (path, ">", 5)])
                    except AccessError:
                        found = []
                    self.assertFalse(found)
            self._cannot_read_through(reader, atto, figure)

    def _cannot_read_through(self, reader, atto, figure):
        ids = atto.riga_ids.ids
        self.env.invalidate_all()
        read = self._rpc(reader, "pa.atto.riga", "read", ids, ["room", "room_after", "problems", "target"])[0]
        self.assertEqual((read["room"], read["room_after"], read["problems"]), (0, 0, False))
        self.assertIn("2000", read["target"])
        calls = (
            ("web_read", ids, {"room": {}, "capitolo_id": {"fields": {"stanziamento_ids": {"fields": {"assestato": {}}}}}}),
            ("export_data", ids, ["target", "room", "problems", "capitolo_id/stanziamento_ids/assestato"]),
            ("export_data", ids, ["target", "room", "problems", "result_impegno_id/disponibile"]),
        )
        for method, *args in calls:
            with self.subTest(reader=reader.login, method=method):
                self.env.invalidate_all()
                self._refused(reader, "pa.atto.riga", method, *args)
        for path in ("capitolo_id.department_id", "result_impegno_id.partner_id", "result_impegno_id.stanziamento_id"):
            try:
                groups = self._rpc(reader, "pa.atto.riga", "formatted_read_group", [("id", "in", ids)], [path], ["__count"])
            except AccessError:
                continue
            self.assertEqual([group[path] for group in groups], [False], path)

    def test_names_are_not_searched(self):
        for record, text in ((self.altrui, "Segretissimo"), (self.i_altrui, "777"), (self.s_altrui, "2000")):
            for user in (self.responsabile, self.istruttore):
                self.assertEqual(self._rpc(user, record._name, "name_search", text), [])
                self._refused(user, record._name, "web_read", record.ids, {"display_name": {}})

    def test_who_works_on_the_line_sees_the_room(self):
        """Its office, the finance office, and whoever has a step of the act."""
        atto = self._to_visto(self._determina(self._riga(30)))
        delegate = self._person("vicario", "ruolo_messo")
        self.env["pa.delega"].create({"incarico_id": self.finanziario.pa_incarico_ids.id, "user_id": delegate.id,
                                      "date_to": "2099-12-31", "reason": "Ferie"})
        for user in (self.istruttore, self.responsabile, self.finanziario, delegate):
            self.env.invalidate_all()
            self.assertEqual(atto.riga_ids.with_user(user).room, 100.0, user.login)
