from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import AttiCommon


@tagged("post_install", "-at_install")
class TestSolleciti(AttiCommon):
    """Reminders before the term, then to the superior. 2 November 2026 is a Monday; the signature's term is 3 working days."""

    def _started(self):
        with freeze_time("2026-11-02 09:00:00"):
            atto = self._draft()
            atto.action_start()
        step = atto.current_passo_ids
        self.assertEqual(step.date_due, date(2026, 11, 5))
        return atto, step.sudo()

    def _cron(self, day):
        with freeze_time(f"{day} 09:00:00"):
            self.env["pa.atto.passo"]._cron_remind()

    def test_reminder_on_the_last_working_day_before_the_term_once(self):
        atto, step = self._started()
        self._cron("2026-11-03")
        self.assertFalse(step.activity_ids)
        for day in ("2026-11-04", "2026-11-04", "2026-11-05"):
            self._cron(day)
        self.assertEqual(step.activity_ids.mapped(lambda a: (a.user_id, a.date_deadline)),
                         [(self.responsabile, date(2026, 11, 5))])
        self._complete(atto, self.responsabile)
        self.assertFalse(step.activity_ids)

    def test_superior_is_told_once_when_late(self):
        atto, step = self._started()
        for day in ("2026-11-06", "2026-11-09"):
            self._cron(day)
        self.assertEqual(set(step.activity_ids.user_id), {self.responsabile, self.segretario})
        self.assertEqual(len(step.activity_ids), 2)
        atto.with_user(self.istruttore).action_abandon("Doppione")
        self.assertFalse(step.activity_ids)

    def test_appointment_that_ends_passes_the_step_on(self):
        _atto, step = self._started()
        self._cron("2026-11-05")
        with freeze_time("2026-11-05 12:00:00"):
            self.responsabile.pa_incarico_ids.write({"date_to": date(2026, 11, 5)})
        self.assertEqual(step.user_ids, self.responsabile)
        self._cron("2026-11-06")
        self.assertEqual(step.user_ids, self.segretario)
        self.assertEqual(step.activity_ids.user_id, self.segretario)

    def test_medians(self):
        """Of 1, 2 and 9 days the median is 2; the 90th percentile lies 8/10 of the way from 2 to 9: 7.6."""
        for day in ("2026-11-03", "2026-11-04", "2026-11-11"):
            atto, _step = self._started()
            with freeze_time(f"{day} 09:00:00"):
                self._complete(atto, self.responsabile)
        self.env.flush_all()
        row = self.env["pa.tempi"].search([("name", "=", "Firma del responsabile"), ("department_id", "=", self.tecnico.id)])
        self.assertEqual((row.count, round(row.median, 2), round(row.p90, 2), round(row.mean, 2)), (3, 2.0, 7.6, 4.0))
        self.assertEqual(row.late, 1)
