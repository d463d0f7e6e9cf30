from odoo import api, fields, models
from odoo.exceptions import UserError


class PaAttoCollegamento(models.Model):
    """What one act does to another; shown on both sides."""

    _name = "pa.atto.collegamento"
    _description = "Link between acts"

    atto_id = fields.Many2one("pa.atto", "Act", required=True, ondelete="restrict", index=True)
    target_id = fields.Many2one("pa.atto", "Linked act", required=True, ondelete="restrict", index=True)
    kind = fields.Selection(
        [
            ("revoca", "Revokes"), ("annulla", "Annuls"), ("rettifica", "Rectifies"), ("integra", "Supplements"),
            ("proroga", "Extends"), ("attua", "Implements"), ("presuppone", "Presupposes"),
        ],
        required=True,
    )
    note = fields.Char()
    inverse_label = fields.Char("Seen from the other act", compute="_compute_inverse_label")

    _not_itself = models.Constraint("CHECK (atto_id <> target_id)", "An act cannot be linked to itself.")

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_inverse_label(self):
        labels = {
            "revoca": self.env._("Revoked by"), "annulla": self.env._("Annulled by"), "rettifica": self.env._("Rectified by"),
            "integra": self.env._("Supplemented by"), "proroga": self.env._("Extended by"), "attua": self.env._("Implemented by"),
            "presuppone": self.env._("Presupposed by"),
        }
        for link in self:
            link.inverse_label = labels.get(link.kind, "")

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        links._check_editable()
        return links

    def write(self, vals):
        self._check_editable()
        result = super().write(vals)
        self.check_access("write")  # Odoo asks before: a link is not turned to an act that one does not see either
        self._check_editable()
        return result

    @api.ondelete(at_uninstall=False)
    def _check_editable(self):
        for link in self:
            if not link.atto_id._content_editable():
                raise UserError(self.env._("Links of %s can no longer change.", link.atto_id.display_name))
