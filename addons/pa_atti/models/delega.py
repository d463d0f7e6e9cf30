from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.giorno import today


class PaDelega(models.Model):
    """Substitution for absence or by delegation (art. 17 c.1-bis D.Lgs. 165/2001): both names stay on record."""

    _name = "pa.delega"
    _description = "Delegation"
    _inherit = ["pa.potere.mixin", "mail.thread"]
    _order = "date_from desc, id"

    incarico_id = fields.Many2one(
        "pa.incarico", "Whose", required=True, ondelete="restrict", index=True, tracking=True,
        default=lambda self: self.env["pa.incarico"].search([("user_id", "=", self.env.uid), ("in_force", "=", True)], limit=1),
    )
    user_id = fields.Many2one("res.users", "To whom", required=True, ondelete="restrict", index=True, tracking=True)
    date_from = fields.Date("From", required=True, default=lambda self: today(), tracking=True)
    date_to = fields.Date("Until", required=True, tracking=True)
    # Restrict: without its type a limited delegation would become one for acts of every type.
    tipo_ids = fields.Many2many(
        "pa.atto.tipo", string="Only for", help="Empty: acts of every type.", ondelete="restrict",
        context={"active_test": False},
    )
    reason = fields.Char(required=True, tracking=True)
    passo_ids = fields.One2many("pa.atto.passo", "delega_id", "Steps done", readonly=True)
    in_force = fields.Boolean(compute="_compute_in_force", search="_search_in_force")
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
            delega.display_name = f"{delega.incarico_id.user_id.name or ''} → {delega.user_id.name or ''}"

    def _refusal_to_oneself(self):
        return self.env._("Nobody takes another's power by himself: the holder delegates.")

    def _frozen_fields(self):
        """Once it has begun, a delegation can only be ended or prolonged."""
        begun = self.date_from <= today()
        return {"incarico_id", "user_id", "date_from", "tipo_ids", "reason"} if begun else set()

    def _check_unlink_allowed(self):
        begun = self.date_from <= today()
        return [self.env._("The delegation has begun: end it with a date.")] if begun else []

    @api.depends("date_from", "date_to")
    def _compute_in_force(self):
        for delega in self:
            delega.in_force = bool(delega.incarico_id) and delega._valid_on(today())

    def _search_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        return (Domain("date_from", "<=", today()) & Domain("date_to", ">=", today())
                & Domain("incarico_id.in_force", "=", True))

    def _limited_to(self):
        """Ids of the types of act for which it is given, archived ones included; None: for all."""
        return tuple(self.with_context(active_test=False).tipo_ids.sorted("id").ids) or None

    def _valid_on(self, day, tipo=None):
        self.ensure_one()
        tipi = self._limited_to()
        return (
            self.date_from <= day <= self.date_to
            and self.incarico_id._valid_on(day)
            and (tipo is None or tipi is None or tipo.id in tipi)
        )
