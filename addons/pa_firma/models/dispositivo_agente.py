from odoo import api, models

DEFAULT_PORT = 8717


class PaFirmaDispositivo(models.Model):
    """A card in the reader of the person's own computer, reached through the local agent (docs/agent-protocol.md)."""

    _inherit = "pa.firma.dispositivo"

    @api.model
    def agent_port(self):
        """Port of the local agent, for the page that speaks to it."""
        # Configuration, which users do not read.
        text = self.env["ir.config_parameter"].sudo().get_param("pa_firma.agent_port") or ""
        return int(text) if text.isdigit() and 0 < int(text) < 65536 else DEFAULT_PORT
