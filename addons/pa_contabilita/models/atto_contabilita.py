from odoo import api, fields, models


class PaAtto(models.Model):
    """What the act's form shows of its accounting."""

    _inherit = "pa.atto"

    riga_kind = fields.Selection(related="tipo_id.pa_riga_kind")
    amount_impegnato = fields.Monetary("Committed", compute="_compute_accounting_totals")
    amount_liquidato = fields.Monetary("Approved for payment", compute="_compute_accounting_totals")

    @api.depends("impegno_ids.amount", "liquidazione_ids.amount")
    def _compute_accounting_totals(self):
        for atto in self.sudo():  # whoever sees the act sees what it commits: the lines say it already
            atto.amount_impegnato = sum(atto.impegno_ids.filtered(lambda i: not i.parent_id).mapped("amount"))
            atto.amount_liquidato = sum(atto.liquidazione_ids.mapped("amount"))

    def action_open_impegni(self):
        """The commitments and reservations born of this act."""
        self.ensure_one()
        return self._open_born("pa_contabilita.action_impegno")

    def action_open_liquidazioni(self):
        """The payment approvals born of this act."""
        self.ensure_one()
        return self._open_born("pa_contabilita.action_liquidazione")

    def _open_born(self, xml_id):
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return {**action, "domain": [("atto_id", "=", self.id)], "context": {}}
