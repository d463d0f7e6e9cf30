from odoo import models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _pa_legal_records(self):
        kept = ["pa.firma", "pa.firma.richiesta", "pa.firma.durata", "pa.firma.riverifica"]
        return {**super()._pa_legal_records(), "pa_firma": kept}
