import base64

from odoo import fields, models
from odoo.exceptions import UserError

from .firma_wizard import DONE


class PaFirmaIscrizione(models.TransientModel):
    """Adds a way to sign for the current user. The password opens the key file once, to read its certificate."""

    _name = "pa.firma.iscrizione"
    _description = "Add a way to sign"

    name = fields.Char(required=True, default=lambda self: self.env._("My signature"))
    kind = fields.Selection(
        [("key_file", "Key file"), ("elsewhere", "Signed elsewhere and uploaded")], required=True, default="key_file"
    )
    key_file = fields.Binary("Key file (.p12, .pfx)", attachment=False)
    key_name = fields.Char()

    def action_enroll(self, password):
        """Read the key file and keep it, still encrypted."""
        self.ensure_one()
        data = base64.b64decode(self.with_context(bin_size=False).key_file or b"")
        if not data or len(data) > 1024 * 1024:
            raise UserError(self.env._("Choose the key file."))
        self.env["pa.firma.dispositivo"]._enroll(self.env.user, self.name, data, password)
        return DONE

    def action_elsewhere(self):
        """Sign with one's own program, outside."""
        self.ensure_one()
        self.env["pa.firma.dispositivo"]._enroll(self.env.user, self.name)
        return DONE
