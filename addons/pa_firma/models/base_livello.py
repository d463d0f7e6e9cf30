from dataclasses import replace

from odoo import models


class PaFirmaBase(models.AbstractModel):
    _inherit = "pa.firma.base"

    def _firma_level(self, company):
        """The level of signatures wanted by the body (or by the type of act)."""
        # The body's configuration holds for whoever signs.
        return company.sudo().pa_firma_level

    def _signature_request(self, reason, company, capacity, digest):
        request = super()._signature_request(reason, company, capacity, digest)
        # Higher levels are reached after signing: what others' servers say must not keep who signs waiting.
        return replace(request, tsa_url="") if self._firma_level(company) == "B-B" else request


class PaAttoPasso(models.Model):
    _inherit = "pa.atto.passo"

    def _firma_level(self, company):
        # The type's configuration holds for whoever signs.
        return self.sudo().tipo_id.firma_level or super()._firma_level(company)
