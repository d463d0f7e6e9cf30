from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.giorno import today


class PaAtto(models.Model):
    """Who sees an act: one definition, that the rules of its steps, documents, links and register entries share."""

    _inherit = "pa.atto"

    visible_to_me = fields.Boolean(compute="_compute_visible_to_me", search="_search_visible_to_me")

    def _domain_visible_to_me(self):
        """Own acts, those of own offices, those of one's steps, and the concluded ones that are not reserved."""
        user = self.env.user
        if user.has_group("pa_atti.group_segreteria"):
            return Domain.TRUE
        return (
            Domain("user_id", "=", user.id)
            | Domain("in_my_offices", "=", True)
            | (Domain("state", "=", "done") & Domain("reserved", "=", False))
            | Domain("passo_ids.user_ids", "in", [user.id])
        )

    @api.depends("user_id", "department_id", "state", "reserved", "passo_ids.user_ids")
    @api.depends_context("uid")
    def _compute_visible_to_me(self):
        visible = self.filtered_domain(self._domain_visible_to_me())
        for atto in self:
            atto.visible_to_me = atto in visible

    def _search_visible_to_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._domain_visible_to_me()

    def _check_access(self, operation):
        """Nobody writes acts outside the offices where he works: asked before anything is written, and by the New button."""
        if operation == "create" and not self.env.su and not self.env.user._pa_competence(today()):
            return self, lambda: AccessError(self._no_office_text())
        return super()._check_access(operation)

    def _no_office_text(self):
        return self.env._("Acts are written by who holds an appointment in an office, or a delegation: you hold none today.")

    @api.model
    def get_empty_list_help(self, help_message):
        result = super().get_empty_list_help(help_message)
        if self.browse().has_access("create"):
            return result
        return Markup("%s<p>%s</p>") % (Markup(result or ""), self._no_office_text())  # the action's own HTML

    def _bus_audience(self):
        """Whom a change of this act is told to: the people of its steps, its offices, the secretariat, and everybody who
        may consult acts once it is concluded. Nobody is told of an act that he may not see."""
        self.ensure_one()
        groups = ["group_segreteria"]
        if self.state == "done" and not self.reserved:
            groups.append("group_consultazione")
        ids = [self.env["ir.model.data"]._xmlid_to_res_id(f"pa_atti.{name}") for name in groups]
        offices = self.department_id._pa_ancestor_ids()
        return [
            *self._people_of_steps(), *self.env["hr.department"].browse(offices), *self.env["res.groups"].browse(ids),
        ]

    def _people_of_steps(self):
        """Partners of the author and of the assignees of every step, in one query."""
        self.env["pa.atto.passo"].flush_model(["user_ids"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT u.partner_id FROM res_users u WHERE u.id = %s OR u.id IN (
                       SELECT r.res_users_id FROM pa_atto_passo_res_users_rel r
                         JOIN pa_atto_passo p ON p.id = r.pa_atto_passo_id WHERE p.atto_id = %s)""",
                self.user_id.id, self.id,
            )
        )
        return self.env["res.partner"].browse(partner for (partner,) in rows)

    def _notify_change(self):
        """Tell the open pages of those who see the act that it changed: only its id travels."""
        for atto in self.sudo():  # the audience does not depend on who made the change
            for target in atto._bus_audience():
                self.env["bus.bus"]._sendone(target, "pa_atti/changed", {"id": atto.id})
