from odoo import models
from odoo.fields import Domain


class PaAtto(models.Model):
    """The finance office follows what is about to be spent: it reads the acts with accounting lines from the start of their
    procedure. Drafts, reserved acts and reserved attachments stay with who works on them."""

    _inherit = "pa.atto"

    def _domain_visible_to_me(self):
        domain = super()._domain_visible_to_me()
        if not self.env.user.has_group("pa_contabilita.group_ragioneria"):
            return domain
        return domain | Domain("state", "=", "running") & Domain("reserved", "=", False) & Domain("riga_ids", "!=", False)

    def _bus_audience(self):
        audience = super()._bus_audience()
        if self.state == "running" and not self.reserved and self.riga_ids:
            audience.append(self.env.ref("pa_contabilita.group_ragioneria"))
        return audience
