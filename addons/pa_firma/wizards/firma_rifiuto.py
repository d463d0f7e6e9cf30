from odoo import models


class PaFirmaWizard(models.TransientModel):
    _inherit = "pa.firma.wizard"

    def action_refuse(self):
        """Do not sign: say why, and to which step the act goes back."""
        self.ensure_one()
        return self.passo_id.atto_id.with_context(pa_action="return").action_ask_reason()
