from odoo import models
from odoo.exceptions import UserError

_WHO_AND_WHEN = {"author_id", "email_from", "author_guest_id", "date", "model", "res_id", "message_type", "tracking_value_ids"}


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _pa_of_acts(self):
        # The guard concerns every message of an act, also those that the user may not read.
        return self.sudo().filtered(lambda message: message.model == "pa.atto")

    def write(self, vals):
        """On an act, a message stays its author's and of its moment."""
        if not self.env.su and _WHO_AND_WHEN & set(vals) and (self._pa_of_acts() or vals.get("model") == "pa.atto"):
            raise UserError(self.env._("Who wrote a message on an act, and when, is not changed."))
        return super().write(vals)

    def unlink(self):
        """The changes that Odoo tracked on an act stay."""
        if not self.env.su and self._pa_of_acts().tracking_value_ids:
            raise UserError(self.env._("The history of an act is not deleted."))
        return super().unlink()
