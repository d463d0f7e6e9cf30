import select
from datetime import date

import psycopg2

from odoo import sql_db
from odoo.tests import tagged

from ..tools import campanello
from ..tools.renderer import render_pdf
from .common import AttiCommon

PAGE = "<html><head><style>p { margin: %s }</style></head><body>%s<p>Testo</p></body></html>"


@tagged("post_install", "-at_install")
class TestVelocita(AttiCommon):
    def _queries(self, call, *arguments):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call(*arguments)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_numbers_of_a_register_cost_two_statements(self):
        """However many: the chain is the same as one by one."""
        registro = self.env["pa.registro"].create({"code": "X", "name": "X", "kind": "altro"})
        registro._take(date(2026, 3, 1), payload={"n": 0})
        payloads = [{"n": n} for n in range(1, 41)]
        self.assertLessEqual(self._queries(registro._take_numbers, date(2026, 3, 1), payloads), 2)
        self.assertEqual(registro._take(date(2026, 3, 2), payload={"n": 41}).number, 42)
        self.assertEqual(registro._verify(2026), [])
        self.assertEqual(registro.voce_ids.mapped("payload")[::-1], [f'{{"n":{n}}}' for n in range(42)])
        self.assertEqual(registro.anno_ids.last_number, 42)

    def test_moving_an_act(self):
        self._move(self._draft())  # caches are warm
        self.assertLessEqual(self._queries(self._move, self._draft()), 90)

    def _move(self, atto):
        atto.action_start()
        self._complete(atto, self.responsabile)
        self.assertEqual(atto.state, "running")
        self.assertTrue(atto.signed)

    def test_the_steps_tell_who_moved_an_act(self):
        """No message repeats what the steps say; what they do not say is tracked."""
        atto = self._draft()
        self.cr.flush()
        atto.oggetto = "Un altro oggetto"
        self.cr.flush()
        self._move(atto)
        self.cr.flush()
        self.assertEqual(atto.sudo().message_ids.tracking_value_ids.mapped("new_value_char"), ["Un altro oggetto"])
        done = atto.sudo().passo_ids.filtered(lambda p: p.state == "done" and not p.automatic)
        self.assertEqual(done.done_by_id, self.istruttore | self.responsabile)

    def test_a_register_made_later_is_found(self):
        """What is remembered of the registers is forgotten when one changes."""
        registri, company = self.env["pa.registro"], self.company
        self.assertFalse(registri._id_of_code("NUOVO", company))
        registro = registri.create({"code": "NUOVO", "name": "Nuovo", "kind": "altro"})
        self.assertEqual(registri._id_of_code("NUOVO", company), registro.id)
        registro.code = "ALTRO"
        self.assertFalse(registri._id_of_code("NUOVO", company))

    def test_bell_rings_again_after_its_connection_is_lost(self):
        _name, info = sql_db.connection_info_for("postgres")
        listener = psycopg2.connect(**info)
        self.addCleanup(listener.close)
        listener.autocommit = True
        with listener.cursor() as cursor:
            cursor.execute("LISTEN imbus")
        campanello.ring(['[["una"]]'])
        campanello._connection().close()
        campanello.ring(['[["due"]]'])
        heard = set()
        while not heard >= {'[["una"]]', '[["due"]]'} and select.select([listener], [], [], 5)[0]:
            listener.poll()
            heard |= {notify.payload for notify in listener.notifies}
        self.assertGreaterEqual(heard, {'[["una"]]', '[["due"]]'})

    def test_kept_style_passes_nothing_to_the_next_page(self):
        plain, wide = PAGE % ("0", ""), PAGE % ("9cm", "")
        first = render_pdf(plain)
        self.assertEqual(render_pdf(plain), first)
        self.assertNotEqual(render_pdf(wide), first)
        self.assertNotEqual(render_pdf(PAGE % ("0", "<style>p { color: red; font-size: 40pt }</style>")), first)
        self.assertEqual(render_pdf(plain), first)
