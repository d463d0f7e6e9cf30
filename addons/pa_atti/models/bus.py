from odoo import models
from odoo.addons.bus.models.bus import get_notify_payloads
from odoo.tools.misc import OrderedSet

from ..tools import campanello


class BusBus(models.Model):
    _inherit = "bus.bus"

    def _ensure_hooks(self):
        """Odoo opens a connection for every transaction that tells something; here one is kept by each process."""
        data = self.env.cr.postcommit.data
        if "bus.bus.channels" not in data:  # hence Odoo does not add its own
            data["bus.bus.channels"] = OrderedSet()
            self.env.cr.postcommit.add(lambda: campanello.ring(get_notify_payloads(list(data.pop("bus.bus.channels")))))
        return super()._ensure_hooks()
