import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.sigillo import WAYS
from .firma_file import SOFT_RELOAD


class PaFirmaSigilloNuovo(models.TransientModel):
    """Adds an electronic seal of the body. The password opens the key once, to read its certificate; a remote service is asked
    for the certificate only."""

    _name = "pa.firma.sigillo.nuovo"
    _description = "Add an electronic seal"
    _inherit = ["pa.firma.dialogo"]

    name = fields.Char(required=True, default=lambda self: self.env._("Seal of %s", self.env.company.name))
    company_id = fields.Many2one("res.company", "Body", required=True, default=lambda self: self.env.company)
    user_ids = fields.Many2many("res.users", string="Who may apply it")
    kind = fields.Selection(WAYS, required=True, default="key_file")
    token_label = fields.Char("Token's label")
    key_file = fields.Binary("Key file (.p12, .pfx)", attachment=False)
    key_name = fields.Char()
    fornitore_id = fields.Many2one(
        "pa.firma.fornitore",
        "Signing service",
        domain="[('company_id', 'in', (company_id, False))]",
        default=lambda self: self.env["pa.firma.iscrizione"]._default_fornitore(),
    )
    fornitore_auth = fields.Selection(related="fornitore_id.auth")
    account = fields.Char(help="Name of the body's account at the service.")
    credential = fields.Char("Certificate", help="Its name at the service; needed only where the body has more than one seal there.")
    asks = fields.Json(compute="_compute_asks")

    @api.depends("kind", "fornitore_id.auth")
    def _compute_asks(self):
        for wizard in self:
            login = ["account_password"] if wizard.fornitore_id.auth == "login" else []
            asks = login if wizard.kind == "remote" else ["password"]
            wizard.asks = {"kind": wizard.kind, "asks": asks, "sends_code": False}

    def action_enroll(self, password="", account_password=""):
        """Read the certificate and keep the key file, still encrypted, or the names that the service gives to the key."""
        self.ensure_one()
        getattr(self, f"_enroll_{self.kind}")(password, account_password)
        return SOFT_RELOAD

    def _enroll_key_file(self, password, _account_password):
        data = base64.b64decode(self.with_context(bin_size=False).key_file or b"")
        if not 0 < len(data) <= 1024 * 1024:
            raise UserError(self.env._("Choose the key file."))
        self.env["pa.firma.sigillo"]._enroll(self.company_id, self.name, self.user_ids, password, data)
        self.key_file = False  # it is with the seal now, and stays nowhere else

    def _enroll_token(self, password, _account_password):
        label = (self.token_label or "").strip()
        if not label:
            raise UserError(self.env._("Write the token's label."))
        self.env["pa.firma.sigillo"]._enroll(self.company_id, self.name, self.user_ids, password, token_label=label)

    def _enroll_remote(self, _password, account_password):
        account, fornitore = (self.account or "").strip(), self.fornitore_id
        if not fornitore or (not account and fornitore.auth == "login"):
            raise UserError(self.env._("Choose the signing service and write the body's account there."))
        self.env["pa.firma.sigillo"]._enroll_remote(
            self.company_id, self.name, self.user_ids, fornitore, account, account_password, (self.credential or "").strip()
        )
