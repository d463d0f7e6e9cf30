from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ContabilitaCommon


@tagged("post_install", "-at_install")
class TestRagioneria(ContabilitaCommon):
    """What the finance office's operators read of acts that wait for no step of theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ragioniere = new_test_user(cls.env, "pa_ragioniere", "pa_contabilita.group_ragioneria,base.group_allow_export")

    def _reads(self, atto, user=None):
        """Whether the user reads the act, its lines and its steps: all or nothing."""
        self.env.invalidate_all()
        user, of_act = user or self.ragioniere, [("atto_id", "=", atto.id)]
        found = [
            bool(self.env["pa.atto"].with_user(user).search([("id", "=", atto.id)])), atto.with_user(user).has_access("read"),
            bool(self.env["pa.atto.riga"].with_user(user).search(of_act)) or not atto.sudo().riga_ids,
            bool(self.env["pa.atto.passo"].with_user(user).search(of_act)) or not atto.sudo().passo_ids,
        ]
        return set(found[:2]) == {True} and all(found) if found[0] else any(found[:2])

    def test_acts_under_way_with_lines(self):
        draft = self._determina(self._riga(10))
        self.assertFalse(self._reads(draft))
        draft.action_start()
        self.assertTrue(self._reads(draft))
        self.assertEqual(draft.riga_ids.with_user(self.ragioniere).mapped("amount"), [10.0])
        self.assertFalse(self._reads(draft, self.estraneo))
        self._complete(draft, self.responsabile)
        draft.with_user(self.finanziario)._my_step().action_return("Manca il CUP")
        self.assertTrue(self._reads(draft), "it follows what it sent back")
        draft.action_abandon("Gara deserta") if not draft.signed else self.fail("still signed")
        self.assertFalse(self._reads(draft))

    def test_neither_acts_without_lines_nor_reserved_ones(self):
        plain = self._draft("tipo_determina")
        reserved = self._draft("tipo_determina_impegno", reserved=True, riga_ids=[self._riga(10)])
        for atto in (plain, reserved):
            atto.action_start()
            self.assertFalse(self._reads(atto), atto.display_name)

    def test_reserved_attachments_stay_closed(self):
        atto = self._determina(self._riga(10))
        atto.add_attachment("pubblico.txt", "cHViYmxpY28=")
        atto.add_attachment("riservato.txt", "c2VncmV0bw==", "riservato")
        atto.action_start()
        documents = self.env["pa.atto.documento"].with_user(self.ragioniere).search([("atto_id", "=", atto.id)])
        self.assertIn("pubblico.txt", documents.mapped("name"))
        self.assertNotIn("riservato.txt", documents.mapped("name"))
        hidden = atto.sudo().documento_ids.filtered(lambda d: d.visibility == "riservato")
        for record in (hidden, hidden.attachment_id):
            with self.assertRaises(AccessError):
                record.with_user(self.ragioniere).read(["name"])

    def test_reading_is_all(self):
        atto = self._to_visto(self._determina(self._riga(10)))
        mine = atto.with_user(self.ragioniere)
        for call in (
            lambda: mine.write({"oggetto": "x"}), lambda: mine.riga_ids.write({"amount": 1}), lambda: mine.riga_ids.unlink(),
            lambda: mine.action_abandon("x"), lambda: mine.add_attachment("x.txt", "eA=="),
        ):
            with self.assertRaises(UserError):
                call()

    def test_changes_are_told(self):
        group = self.env.ref("pa_contabilita.group_ragioneria")
        atto, plain = self._determina(self._riga(10)), self._draft("tipo_determina")
        self.assertNotIn(group, atto.sudo()._bus_audience())
        for act, told in ((atto, True), (plain, False)):
            act.action_start()
            self.assertEqual(group in act.sudo()._bus_audience(), told)

    def test_a_reserved_act_is_not_named_by_what_it_spends(self):
        """Its commitments and movements are the finance office's work; its subject is not."""
        atto = self._draft("tipo_determina_impegno", reserved=True, oggetto="Contributo a Rossi", riga_ids=[self._riga(10)])
        for person in (self.responsabile, self.finanziario):
            atto.action_start() if atto.state == "draft" else None
            self._complete(atto, person)
        clerk = self.env(user=self.ragioniere.id)
        for model, domain in (("pa.impegno", [("id", "in", atto.sudo().impegno_ids.ids)]), ("pa.movimento", [("atto_id", "=", atto.id)])):
            self.env.invalidate_all()
            rows = clerk[model].search(domain).read(["atto_id"])
            self.assertTrue(rows)
            groups = clerk[model].formatted_read_group(domain, ["atto_id"], ["__count"])
            self.assertNotIn("Rossi", str(rows) + str(groups))
            with self.assertRaises(AccessError):
                clerk[model].search(domain).export_data(["atto_id/oggetto"])
            self.assertIn("1/", rows[0]["atto_id"][1])
            for path, operator in (("atto_id", "ilike"), ("atto_id.oggetto", "ilike"), ("atto_id.display_name", "ilike")):
                self.assertFalse(clerk[model].search([*domain, (path, operator, "Rossi")]), path)
        impegno = clerk["pa.impegno"].browse(atto.sudo().impegno_ids.ids)
        self.assertNotIn("Rossi", str(impegno.read()))
