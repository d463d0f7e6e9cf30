from odoo import api, fields, models

from ..tools.calendario import add_working_days
from ..tools.giorno import today
from ..tools.seal import sealed_write


class PaAttoPasso(models.Model):
    """Reminders to who has to act, before the term; then to the superior. They end with the step.

    They are made by cron, not by the step's transition: moving an act stays as quick with them as without.
    """

    _inherit = "pa.atto.passo"

    activity_ids = fields.One2many("mail.activity", "pa_passo_id", "Reminders", readonly=True)
    escalated = fields.Boolean("Superior told")

    @api.model
    def _cron_remind(self):
        """Remind, tell the superiors of what is late, and let those whose power began or ended today in or out."""
        steps = self.search([("state", "=", "active")])
        steps._refresh_assignees()
        for passo in steps.filtered("date_due"):
            passo._remind()
            if passo.date_due < today() and not passo.escalated:
                passo._escalate()

    def _remind(self):
        """One activity for each assignee that has none, from the last working day before the term on."""
        self.ensure_one()
        if add_working_days(today(), 1, self.company_id._pa_patron()) < self.date_due:
            return
        for user in self.user_ids - self.activity_ids.user_id:
            step = self.with_context(lang=user.lang)
            step._add_activity(user, step.env._("%s: waits for you", step.name))

    def _escalate(self):
        """Tell the superior, once."""
        self.ensure_one()
        for user in self._superiors():
            step = self.with_context(lang=user.lang)
            who = ", ".join(step.user_ids.mapped("name")) or step.ruolo_id.name
            step._add_activity(user, step.env._("%(step)s is late: waits for %(who)s", step=step.name, who=who))
        sealed_write(self, {"escalated": True})

    def _add_activity(self, user, summary):
        # The user reads it in his own list: no e-mail for each step.
        return self.atto_id.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo", self.date_due, summary, user_id=user.id, pa_passo_id=self.id
        )

    def _superiors(self):
        """Who acts in the absence of the step's role, else the head of the office, else the segretario."""
        self.ensure_one()
        atto, Incarico = self.atto_id, self.env["pa.incarico"]
        ruoli = (self.ruolo_id.fallback_id, self.env.ref("pa_atti.ruolo_responsabile"), self.env.ref("pa_atti.ruolo_segretario"))
        for ruolo in ruoli:
            if ruolo and ruolo != self.ruolo_id:
                users = Incarico._holders(ruolo, atto.department_id, atto.company_id, today()).user_id.filtered("active")
                if users - self.user_ids:
                    return users - self.user_ids
        return self.env["res.users"]

    def _close(self, outcome, reason):
        result = super()._close(outcome, reason)
        self._end_reminders()
        return result

    def _end_reminders(self):
        """The step is over, or waits for others: nobody is reminded of it any more."""
        # Reminders belong to the procedure; a step without a term has none, most others end before there is any.
        self.sudo().filtered("date_due").activity_ids.unlink()
