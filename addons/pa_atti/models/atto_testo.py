from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from ..tools import segnaposto
from ..tools.giorno import today


class PaAtto(models.Model):
    """The act's text: templates, clauses, placeholders."""

    _inherit = "pa.atto"

    def _placeholder_values(self):
        """What templates and clauses may name."""
        self.ensure_one()
        self.check_access("read")  # also of a dialog that points at it, where the cache would tell
        return {
            "ente": self.company_id.name, "oggetto": self.oggetto, "settore": self.department_id._pa_settore().name,
            "ufficio": self.department_id.name, "rup": self.rup_id.name, "data": fields.Date.to_string(today()),
            "tipo": self.tipo_id.name,
        }

    def action_apply_template(self):
        """Fill the empty parts of the text from the type's template."""
        for atto in self:
            values = atto._placeholder_values()
            atto.write({
                name: segnaposto.fill(atto.tipo_id[name], values)
                for name in ("premesse", "motivazione", "dispositivo")
                if not atto[name] and atto.tipo_id[name]
            })

    def action_add_clause(self, clausola_id):
        """Append a clause to its part of the text."""
        self.ensure_one()
        clausola = self.env["pa.clausola"].browse(clausola_id)
        text = segnaposto.fill(clausola.text, self._placeholder_values())
        self.write({clausola.section: (self[clausola.section] or "") + text})

    def _opinions(self):
        """The opinions in force, as the act's page states them: the last one given at each step."""
        self.ensure_one()
        # The opinions are part of the act, whoever renders it.
        given = self.sudo().passo_ids.filtered(lambda p: p.kind == "parere" and p.state == "done" and p.outcome != "returned")
        latest = {}
        for passo in given.sorted(lambda p: (p.sequence, p.round, p.id)):
            latest[passo.sequence, passo.name] = passo
        return given.browse([passo.id for passo in latest.values()])

    def _reasons_not_startable(self):
        """Reasons why the act cannot enter, or re-enter, its procedure."""
        self.ensure_one()
        reasons = []
        if not self._text_complete():
            reasons.append(self.env._("Write the operative part before starting the procedure."))
        missing = [name for part in ("premesse", "motivazione", "dispositivo") for name in segnaposto.unresolved(self[part])]
        if missing:
            reasons.append(self.env._("These placeholders are still to be filled in: %s", ", ".join(missing)))
        return reasons

    def _text_complete(self):
        return not is_html_empty(self.dispositivo)

    def _check_draft_owner(self):
        """Only the office's people, or the author, work on a draft."""
        for atto in self:
            if self.env.user != atto.user_id and not atto.in_my_offices:
                raise UserError(self.env._("%s belongs to another office.", atto.display_name))
