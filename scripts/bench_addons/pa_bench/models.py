from odoo import api, fields, models


class PaBenchDocument(models.Model):
    """The smallest document that OCA's tier validation can approve."""

    _name = "pa.bench.document"
    _description = "Document to approve"
    _inherit = ["mail.thread", "tier.validation"]
    _tier_validation_manual_config = False

    name = fields.Char(required=True)
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Confirmed"), ("cancel", "Cancelled")], default="draft"
    )


class TierDefinition(models.Model):
    _inherit = "tier.definition"

    @api.model
    def _get_tier_validation_model_names(self):
        return [*super()._get_tier_validation_model_names(), "pa.bench.document"]
