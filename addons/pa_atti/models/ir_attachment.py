from odoo import api, models
from odoo.exceptions import UserError

from ..tools import seal

_FREE = {"description", "index_content", "original_id"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _pa_guarded_models(self):
        """Models whose attachments have legal effect: bytes, name and owner never change."""
        return {"pa.atto.documento"}

    def _pa_guarded(self):
        guarded = self._pa_guarded_models()
        # The guard must see the owner of every attachment, also of those that the user may not read.
        return self.sudo().filtered(lambda attachment: attachment.res_model in guarded)

    @api.model_create_multi
    def create(self, vals_list):
        if not seal.consume(seal.create_claim(self, vals_list)):
            default_model = self.env.context.get("default_res_model")
            for vals in vals_list:
                if vals.get("res_model", default_model) in self._pa_guarded_models():
                    raise UserError(self.env._("Documents of acts are added from the act itself."))
        return super().create(vals_list)

    def write(self, vals):
        if not seal.consume(seal.write_claim(self, vals)):
            if set(vals) - _FREE and self._pa_guarded():
                raise UserError(self.env._("The document of an act cannot be changed."))
            if vals.get("res_model") in self._pa_guarded_models():
                raise UserError(self.env._("Documents of acts are added from the act itself."))
        return super().write(vals)

    def unlink(self):
        if not seal.consume(seal.unlink_claim(self)) and self._pa_guarded():
            raise UserError(self.env._("The document of an act cannot be deleted."))
        return super().unlink()
