import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.dispositivo import WAYS
from .firma_wizard import DONE


class PaFirmaIscrizione(models.TransientModel):
    """Adds a way to sign for the current user. The password opens the key file once, to read its certificate."""

    _name = "pa.firma.iscrizione"
    _description = "Add a way to sign"
    _inherit = ["pa.firma.dialogo"]

    name = fields.Char(required=True, default=lambda self: self.env._("My signature"))
    kind = fields.Selection(WAYS, required=True, default="key_file")
    token_label = fields.Char("Token's label")
    key_file = fields.Binary("Key file (.p12, .pfx)", attachment=False)
    key_name = fields.Char()
    fornitore_id = fields.Many2one("pa.firma.fornitore", "Signing service", default=lambda self: self._default_fornitore())
    account = fields.Char(help="Name of your account at the service.")
    credential = fields.Char("Certificate", help="Its name at the service; needed only where you have more than one there.")
    asks = fields.Json(compute="_compute_asks")

    @api.model
    def _default_fornitore(self):
        found = self.env["pa.firma.fornitore"].search([], limit=2)
        return found if len(found) == 1 else False

    @api.depends("kind", "fornitore_id.auth")
    def _compute_asks(self):
        for wizard in self:
            named = {"key_file": ["password"], "token": ["password"]}
            login = ["account_password"] if wizard.fornitore_id.auth == "login" else []
            wizard.asks = {"kind": wizard.kind, "asks": named.get(wizard.kind, login), "sends_code": False}

    def action_enroll(self, password="", account_password=""):
        """Read the key file and keep it, still encrypted; or look at the certificate of the token or of the service."""
        self.ensure_one()
        Dispositivo = self.env["pa.firma.dispositivo"]
        if self.kind == "remote":
            account = (self.account or "").strip()
            if not self.fornitore_id or not account:
                raise UserError(self.env._("Choose the signing service and write your account there."))
            Dispositivo._enroll_remote(
                self.env.user, self.name, self.fornitore_id, account, account_password, (self.credential or "").strip()
            )
            return DONE
        if self.kind == "token":
            if not (self.token_label or "").strip():
                raise UserError(self.env._("Write the token's label."))
            Dispositivo._enroll(self.env.user, self.name, password=password, token_label=self.token_label.strip())
            return DONE
        data = base64.b64decode(self.with_context(bin_size=False).key_file or b"")
        if not data or len(data) > 1024 * 1024:
            raise UserError(self.env._("Choose the key file."))
        Dispositivo._enroll(self.env.user, self.name, data, password)
        self.key_file = False  # it is with the device now, and stays nowhere else
        return DONE

    def action_elsewhere(self):
        """Sign with one's own program, outside."""
        self.ensure_one()
        self.env["pa.firma.dispositivo"]._enroll(self.env.user, self.name)
        return DONE
