from odoo import models


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Users listen to their own offices; their groups are added by Odoo."""
        if self.env.user.has_group("pa_atti.group_consultazione"):
            channels.extend(self.env.user._pa_department_ids())
        return super()._build_bus_channel_list(channels)
