from odoo.tests import HttpCase, new_test_user, tagged

from .common import AttiCommon

DESK = "/odoo/action-pa_atti.action_scrivania"
SUBJECT = "Sfalcio dei cigli stradali"


@tagged("post_install", "-at_install")
class TestPercorsi(AttiCommon, HttpCase):
    """The daily path of each role, in a browser, with signatures on paper."""

    def _tour(self, user, name, url=DESK):
        self.start_tour(url, f"pa_atti_{name}", login=user.login)
        self.env.invalidate_all()

    def _started(self, tipo="tipo_determina_impegno"):
        atto = self._draft(tipo, oggetto=SUBJECT)
        atto.action_start()
        return atto

    def test_istruttore_drafts_and_starts(self):
        self._tour(self.istruttore, "istruttore")
        atto = self.env["pa.atto"].search([("oggetto", "=", SUBJECT)])
        self.assertEqual((atto.state, atto.current_kind, atto.number_settore), ("running", "firma", 1))
        self.assertIn(SUBJECT, atto.motivazione)

    def test_determina_from_desk_to_desk(self):
        atto = self._started()
        for user in (self.responsabile, self.finanziario, self.messo):
            self._tour(user, "firma")
        self.assertEqual((atto.state, atto.esecutiva, atto.number_generale), ("done", True, 1))

    def test_responsabile_sends_back(self):
        atto = self._started()
        self._tour(self.responsabile, "restituisce")
        self.assertEqual(atto.current_kind, "redazione")

    def test_resolution_opinions_vote_and_signature(self):
        atto = self._started("tipo_delibera_giunta")
        for user in (self.responsabile, self.finanziario):
            self._tour(user, "parere")
        self._tour(self.segretario, "segretario")
        self.assertEqual((atto.current_kind, atto.number_organo, atto.signed), ("pubblicazione", 1, True))
        self.assertEqual(set(atto._opinions().mapped("outcome")), {"favorevole_osservazioni"})

    def test_mayor_signs_an_order(self):
        sindaco = self._person("sindaco", "ruolo_sindaco")
        atto = self._started("tipo_ordinanza")
        self._tour(sindaco, "firma")
        self.assertTrue(atto.esecutiva)

    def test_consultation(self):
        atto = self._started("tipo_determina")
        self._complete(atto, self.responsabile)
        self._complete(atto, self.messo)
        consigliera = new_test_user(self.env, "pa_consigliera", "pa_atti.group_consultazione")
        self._tour(consigliera, "consultazione", "/odoo/action-pa_atti.action_atti")

    def test_holder_delegates(self):
        self._tour(self.responsabile, "delega", "/odoo/action-pa_atti.action_incarico")
        delega = self.env["pa.delega"].search([("incarico_id.user_id", "=", self.responsabile.id)])
        self.assertEqual((delega.user_id, delega.reason), (self.estraneo, "Ferie"))

    def test_consultant_adds_a_step(self):
        consulente = new_test_user(self.env, "pa_consulente", "pa_atti.group_consulente")
        self._tour(consulente, "consulente", "/odoo/action-pa_atti.action_iter")
        atto = self._started("tipo_determina")
        self.assertIn("Controllo preventivo", atto.passo_ids.mapped("name"))

    def test_page_follows_what_others_do(self):
        self._draft(oggetto=SUBJECT)
        self._tour(self.istruttore, "dal_vivo")
