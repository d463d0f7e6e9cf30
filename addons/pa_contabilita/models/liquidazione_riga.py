from odoo import fields, models


class PaLiquidazioneRiga(models.Model):
    """What one payment approval takes of one commitment."""

    _name = "pa.liquidazione.riga"
    _description = "Payment approval line"
    _inherit = ["pa.sigillo.mixin"]
    _create_only_sealed = True

    liquidazione_id = fields.Many2one("pa.liquidazione", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="liquidazione_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    impegno_id = fields.Many2one("pa.impegno", "Commitment", required=True, ondelete="restrict", index=True)
    stanziamento_id = fields.Many2one(related="impegno_id.stanziamento_id", store=True)
    description = fields.Char()
    amount = fields.Monetary(required=True)
    date = fields.Date(related="liquidazione_id.date", store=True)

    _amount_check = models.Constraint("CHECK (amount > 0)", "The amount must be positive.")

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("A payment approval is never deleted.")]
