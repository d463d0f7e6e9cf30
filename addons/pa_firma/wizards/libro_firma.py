from functools import partial

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ..tools.transaction import is_clean, renew


class PaFirmaLibro(models.TransientModel):
    """Libro firma: many documents, one password, an outcome for each. What is signed stays signed, whatever follows."""

    _name = "pa.firma.libro"
    _description = "Libro firma"

    riga_ids = fields.One2many("pa.firma.libro.riga", "libro_id", "Documents", default=lambda self: self._default_righe())
    dispositivo_id = fields.Many2one(
        "pa.firma.dispositivo",
        "Sign with",
        domain="[('user_id', '=', uid), ('kind', '=', 'key_file')]",
        default=lambda self: self._default_dispositivo(),
    )
    state = fields.Selection([("choose", "Choose"), ("done", "Done")], default="choose")
    count_signed = fields.Integer("Signed", compute="_compute_counts")
    count_refused = fields.Integer("Refused", compute="_compute_counts")

    @api.model
    def _default_dispositivo(self):
        return self.env["pa.firma.dispositivo"].search(
            [("user_id", "=", self.env.uid), ("kind", "=", "key_file")], limit=1
        )

    @api.model
    def _default_righe(self):
        steps = self.env["pa.atto.passo"].search(
            [("state", "=", "active"), ("user_ids", "in", self.env.uid), ("kind", "in", ("firma", "visto"))]
        )
        chosen = self.env.context.get("active_ids") if self.env.context.get("active_model") == "pa.atto" else None
        steps = steps.filtered(
            lambda s: s._takes_digital_signature() and s.documento_id and (chosen is None or s.atto_id.id in chosen)
        )
        return [(0, 0, {"passo_id": step.id, "selected": True}) for step in steps]

    @api.depends("riga_ids.state")
    def _compute_counts(self):
        for libro in self:
            libro.count_signed = len(libro.riga_ids.filtered(lambda r: r.state == "signed"))
            libro.count_refused = len(libro.riga_ids.filtered(lambda r: r.state == "refused"))

    def action_sign(self, password):
        """Sign the chosen documents one after the other."""
        self.ensure_one()
        rows = self.riga_ids.filtered(lambda r: r.selected and r.state != "signed")
        if not rows:
            raise UserError(self.env._("Choose at least one document."))
        signer = self.dispositivo_id._open(password)
        outcomes = {row: self._sign_one(row.passo_id.id, signer) for row in rows}
        for row, (state, message) in outcomes.items():
            row.write({"state": state, "message": message})
        self.state = "done"
        return self._reopen()

    def _sign_one(self, passo_id, signer):
        """(state, message) of one document, in a transaction of its own where there can be one."""
        try:
            if is_clean(self.env):
                with self.env.registry.cursor() as cr:
                    env = self.env(cr=cr)
                    retrying(partial(self._sign_step, env, passo_id, signer), env)
                renew(self.env)
            else:
                with self.env.cr.savepoint():
                    self._sign_step(self.env, passo_id, signer)
        except UserError as error:
            return "refused", str(error)
        except psycopg2.Error:  # after retrying: another person's work won, this document waits
            return "refused", self.env._("Somebody else is working on this act: try again.")
        return "signed", False

    @api.model
    def _sign_step(self, env, passo_id, signer):
        passo = env["pa.atto.passo"].browse(passo_id)
        passo._check_firma_possible()
        outcome = "favorevole" if passo.kind == "visto" else "done"
        passo._firma_with(signer, outcome)

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Libro firma"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
