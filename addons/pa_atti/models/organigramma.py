from odoo import api, models


class PaOrganigrammaMixin(models.AbstractModel):
    """What decides who may act: whatever changes here forgets the cached powers."""

    _name = "pa.organigramma.mixin"
    _description = "Organigram"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
