from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PaDelega(models.Model):
    """Substitution for absence or by delegation (art. 17 c.1-bis D.Lgs. 165/2001): both names stay on record."""

    _name = "pa.delega"
    _description = "Delegation"
    _inherit = ["pa.organigramma.mixin"]
    _order = "date_from desc, id"

    incarico_id = fields.Many2one("pa.incarico", "Of", required=True, ondelete="restrict", index=True)
    user_id = fields.Many2one("res.users", "To", required=True, ondelete="restrict", index=True)
    date_from = fields.Date("From", required=True)
    date_to = fields.Date("To day", required=True)
    tipo_ids = fields.Many2many("pa.atto.tipo", string="Only for", help="Empty: acts of every type.")
    reason = fields.Char(required=True)
    company_id = fields.Many2one(related="incarico_id.company_id", store=True)

    _dates = models.Constraint("CHECK (date_to >= date_from)", "The delegation ends before it begins.")

    @api.constrains("user_id", "incarico_id")
    def _check_other(self):
        for delega in self:
            if delega.user_id == delega.incarico_id.user_id:
                raise ValidationError(self.env._("Nobody delegates to himself."))

    @api.depends("user_id", "incarico_id")
    def _compute_display_name(self):
        for delega in self:
            delega.display_name = f"{delega.incarico_id.user_id.name} → {delega.user_id.name}"

    def _valid_on(self, day, tipo=None):
        self.ensure_one()
        return (
            self.date_from <= day <= self.date_to
            and self.incarico_id._valid_on(day)
            and (tipo is None or not self.tipo_ids or tipo in self.tipo_ids)
        )
