from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import AttiCommon


@tagged("post_install", "-at_install")
class TestPagina(AttiCommon):
    """What the pages show, and the dialogs behind their buttons."""

    def _dialog(self, atto, user, action, **vals):
        call = atto.with_user(user).with_context(pa_action=action).action_ask_reason()
        form = Form(self.env["pa.motivo"].with_user(user).with_context(**call["context"]))
        for name, value in vals.items():
            form[name] = value
        return form.save().action_confirm()

    def test_opinion_from_its_dialog(self):
        atto = self._draft("tipo_delibera_giunta")
        atto.action_start()
        self.assertEqual(atto.with_user(self.responsabile).my_kind, "parere")
        self._dialog(atto, self.responsabile, "opinion", outcome="favorevole")
        with self.assertRaises(AssertionError):  # the reason is required by the form
            self._dialog(atto, self.finanziario, "opinion", outcome="contrario")
        self._dialog(atto, self.finanziario, "opinion", outcome="contrario", reason="Senza copertura")
        self.assertEqual(set(atto._opinions().mapped("outcome")), {"favorevole", "contrario"})

    def test_opinions_are_on_the_page_that_is_signed(self):
        atto = self._draft("tipo_delibera_giunta")
        atto.action_start()
        self._complete(atto, self.responsabile)
        self._complete(atto, self.finanziario, outcome="contrario", reason="Senza copertura")
        self._complete(atto, self.segretario, reason="La spesa è coperta")
        html = str(self.env["ir.qweb"]._render("pa_atti.document_atto", {
            "atto": atto.sudo(), "company": self.company, "passo": atto.current_passo_ids}, minimal_qcontext=True))
        self.assertIn("Senza copertura", html)
        self.assertIn(self.finanziario.name, html)

    def test_back_to_a_chosen_step_and_from_there_to_drafting(self):
        atto = self._draft("tipo_determina_impegno")
        atto.action_start()
        self._complete(atto, self.responsabile)
        targets = atto.with_user(self.finanziario)._my_step()._return_targets()
        self.assertEqual(targets.mapped("kind"), ["redazione", "firma"])
        self._dialog(atto, self.finanziario, "return", back_id=targets[1], reason="Firma illeggibile")
        self.assertEqual((atto.current_kind, atto.signed), ("firma", False))
        self._dialog(atto, self.responsabile, "return", reason="Testo da rifare")
        self.assertEqual(atto.current_kind, "redazione")
        for user in (self.istruttore, self.responsabile, self.finanziario):
            self._complete(atto, user)
        self.assertEqual((atto.esecutiva, atto.number_settore, atto.number_generale), (True, 1, 1))

    def test_step_of_another_act_is_no_way_back(self):
        atto, other = self._draft(), self._draft()
        for each in (atto, other):
            each.action_start()
        with self.assertRaises(UserError):
            atto.with_user(self.responsabile)._my_step().action_return("x", other.passo_ids[0].id)

    def test_reject_and_withdraw_say_why(self):
        rejected, withdrawn = self._draft(), self._draft()
        rejected.action_start()
        self._dialog(rejected, self.responsabile, "reject", reason="Non serve")
        self._dialog(withdrawn, self.istruttore, "abandon", reason="Doppione")
        self.assertEqual((rejected.state, rejected.closing_reason), ("rejected", "Non serve"))
        self.assertEqual((withdrawn.state, withdrawn.closing_reason), ("abandoned", "Doppione"))

    def test_timeline(self):
        atto = self._draft()
        atto.action_start()
        atto.with_user(self.responsabile)._my_step().action_return("Manca il CIG")
        timeline = atto.with_user(self.istruttore).timeline
        self.assertEqual([step["state"] for step in timeline],
                         ["done", "done", "done", "active", "todo", "todo", "todo", "todo"])
        returned = timeline[2]
        self.assertEqual((returned["outcome"], returned["reason"], returned["who"][0]["name"]),
                         ("returned", "Manca il CIG", self.responsabile.name))
        self.assertIn("Settore Tecnico", returned["capacity"])
        self.assertTrue(timeline[3]["mine"])

    def test_desk(self):
        before = self.env["pa.atto"].with_user(self.responsabile).get_desk()
        atto = self._draft()
        atto.action_start()
        self.env.flush_all()
        self.env.cr.execute("UPDATE pa_atto SET date_due = '2020-01-01' WHERE id = %s", [atto.id])
        self.env.invalidate_all()
        desk = self.env["pa.atto"].with_user(self.responsabile).get_desk()
        self.assertEqual((desk["waiting"] - before["waiting"], desk["late"] - before["late"]), (1, 1))
        self.assertEqual(self.env["pa.atto"].with_user(self.istruttore).get_desk()["started"], 1)
        self.assertEqual(self.env["pa.atto"].with_user(self.estraneo).get_desk(),
                         {"waiting": 0, "started": 0, "late": 0, "draft": 0})

    def test_clause_goes_into_its_part(self):
        clause = self.env["pa.clausola"].create({
            "name": "CIG", "section": "motivazione", "text": "<p>{ufficio}: CIG {cig}</p>"})
        atto = self._draft(motivazione="<p>Prima</p>")
        wizard = self.env["pa.inserisci.clausola"].with_user(self.istruttore).create({
            "atto_id": atto.id, "clausola_id": clause.id})
        self.assertEqual((wizard.section, wizard.missing), ("motivazione", "{cig}"))
        wizard.action_confirm()
        self.assertEqual(atto.motivazione, "<p>Prima</p><p>Settore Tecnico: CIG {cig}</p>")
        with self.assertRaises(UserError):
            atto.action_start()  # {cig} is still to be written

    def test_original_and_version_with_omissis(self):
        atto = self._draft()
        original = atto.documento_ids.browse(atto.add_attachment("elenco.txt", "TWFyaW8gUm9zc2k="))
        with self.assertRaises(ValidationError):
            atto.add_attachment("senza.txt", "eA==", "omissis")
        self.env["pa.allega"].with_user(self.istruttore).create({
            "atto_id": atto.id, "file": "TS4gUi4=", "name": "omissis.txt", "visibility": "omissis", "original_id": original.id,
        }).action_confirm()
        version = atto.documento_ids - original
        self.assertEqual((version.derived_from_id, version.visibility, original.visibility), (original, "omissis", "riservato"))
        self.assertTrue(version.removable)
        version.action_remove()
        self.assertFalse(version.exists())

    def test_links_are_shown_on_both_sides(self):
        target = self._draft()
        atto = self._draft(collegamento_ids=[(0, 0, {"target_id": target.id, "kind": "revoca"})])
        self.assertEqual((atto.collegamento_count, target.collegamento_count), (1, 1))
        self.assertEqual(target.inverse_collegamento_ids.inverse_label, "Revoked by")

    def test_changes_are_told_only_to_who_sees_the_act(self):
        atto = self._draft(reserved=True)
        atto.action_start()
        audience = atto.sudo()._bus_audience()
        self.assertIn(self.tecnico, audience)
        self.assertIn(self.responsabile.partner_id, audience)
        self.assertNotIn(self.estraneo.partner_id, audience)
        self.assertNotIn(self.affari, audience)
        everybody = self.env.ref("pa_atti.group_consultazione")
        self._complete(atto, self.responsabile)
        self._complete(atto, self.messo)
        self.assertNotIn(everybody, atto.sudo()._bus_audience())
        public = self._draft()
        public.action_start()
        self._complete(public, self.responsabile)
        self.assertNotIn(everybody, public.sudo()._bus_audience())
        self._complete(public, self.messo)
        self.assertIn(everybody, public.sudo()._bus_audience())

    def _may_press_new(self, user):
        views = self.env["pa.atto"].with_user(user).get_views([(False, kind) for kind in ("list", "kanban", "form")])["views"]
        shown = {etree.fromstring(view["arch"]).get("create", "True") for view in views.values()}
        self.assertEqual(len(shown), 1, "every view says the same")
        return shown.pop() == "True"

    def test_new_is_for_who_works_in_an_office(self):
        sindaco = self._person("sindaco", "ruolo_sindaco")
        for user in (self.messo, sindaco, self.segretario, self.finanziario):
            self.assertFalse(self._may_press_new(user), user.name)
            with self.assertRaisesRegex(AccessError, "appointment in an office"):
                self._draft(user=user)
            self.assertIn("appointment in an office", self.env["pa.atto"].with_user(user).get_empty_list_help("<p>Nothing</p>"))
        for user in (self.istruttore, self.responsabile):
            self.assertTrue(self._may_press_new(user), user.name)
            self.assertNotIn("appointment", self.env["pa.atto"].with_user(user).get_empty_list_help("<p>Nothing</p>"))
        self.env["pa.delega"].create({
            "incarico_id": self.responsabile.pa_incarico_ids.id, "user_id": self.messo.id, "date_from": "2020-01-01",
            "date_to": "2099-12-31", "reason": "Ferie", "tipo_ids": self.env.ref("pa_atti.tipo_ordinanza").ids})
        self.assertTrue(self._may_press_new(self.messo))
