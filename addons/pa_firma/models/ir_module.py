from odoo import models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _pa_legal_records(self):
        return {**super()._pa_legal_records(), "pa_firma": ["pa.firma", "pa.firma.richiesta"]}
