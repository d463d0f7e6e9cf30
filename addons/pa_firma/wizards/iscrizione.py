import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.dispositivo import WAYS
from .firma_wizard import DONE


class PaFirmaIscrizione(models.TransientModel):
    """Adds a way to sign for the current user. The password opens the key file once, to read its certificate."""

    _name = "pa.firma.iscrizione"
    _description = "Add a way to sign"

    name = fields.Char(required=True, default=lambda self: self.env._("My signature"))
    kind = fields.Selection(WAYS, required=True, default="key_file")
    token_label = fields.Char("Token's label")
    key_file = fields.Binary("Key file (.p12, .pfx)", attachment=False)
    key_name = fields.Char()

    def action_enroll(self, password):
        """Read the key file and keep it, still encrypted; or look at the token's certificate."""
        self.ensure_one()
        Dispositivo = self.env["pa.firma.dispositivo"]
        if self.kind == "token":
            if not (self.token_label or "").strip():
                raise UserError(self.env._("Write the token's label."))
            Dispositivo._enroll(self.env.user, self.name, password=password, token_label=self.token_label.strip())
            return DONE
        data = base64.b64decode(self.with_context(bin_size=False).key_file or b"")
        if not data or len(data) > 1024 * 1024:
            raise UserError(self.env._("Choose the key file."))
        Dispositivo._enroll(self.env.user, self.name, data, password)
        return DONE

    def action_elsewhere(self):
        """Sign with one's own program, outside."""
        self.ensure_one()
        self.env["pa.firma.dispositivo"]._enroll(self.env.user, self.name)
        return DONE
