import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from .firma_file import SOFT_RELOAD


class PaFirmaSigilloNuovo(models.TransientModel):
    """Adds an electronic seal of the body. The password opens the key once, to read its certificate."""

    _name = "pa.firma.sigillo.nuovo"
    _description = "Add an electronic seal"
    _inherit = ["pa.firma.dialogo"]

    name = fields.Char(required=True, default=lambda self: self.env._("Seal of %s", self.env.company.name))
    company_id = fields.Many2one("res.company", "Body", required=True, default=lambda self: self.env.company)
    user_ids = fields.Many2many("res.users", string="Who may apply it")
    kind = fields.Selection(
        [("key_file", "Key file"), ("token", "Token attached to the server (PKCS#11)")], required=True, default="key_file"
    )
    token_label = fields.Char("Token's label")
    key_file = fields.Binary("Key file (.p12, .pfx)", attachment=False)
    key_name = fields.Char()

    def action_enroll(self, password):
        """Read the certificate and keep the key file, still encrypted."""
        self.ensure_one()
        Sigillo, label = self.env["pa.firma.sigillo"], (self.token_label or "").strip()
        data = base64.b64decode(self.with_context(bin_size=False).key_file or b"") if self.kind == "key_file" else b""
        if self.kind == "token" and not label:
            raise UserError(self.env._("Write the token's label."))
        if self.kind == "key_file" and not 0 < len(data) <= 1024 * 1024:
            raise UserError(self.env._("Choose the key file."))
        Sigillo._enroll(self.company_id, self.name, self.user_ids, password, data or None, label)
        self.key_file = False  # it is with the seal now, and stays nowhere else
        return SOFT_RELOAD


class PaFirmaApponi(models.TransientModel):
    """Seals a copy of a document. The password never is a field: the dialog hands it on and forgets it."""

    _name = "pa.firma.apponi"
    _description = "Apply the electronic seal"
    _inherit = ["pa.firma.dialogo"]

    documento_id = fields.Many2one("pa.atto.documento", "Document", required=True, readonly=True)
    company_id = fields.Many2one(related="documento_id.company_id")
    sha256 = fields.Char(related="documento_id.sha256")
    sigillo_id = fields.Many2one(
        "pa.firma.sigillo",
        "Seal",
        domain="[('company_id', '=', company_id), ('user_ids', 'in', uid)]",
        compute="_compute_sigillo_id",
        store=True,
        readonly=False,
    )

    @api.depends("documento_id")
    def _compute_sigillo_id(self):
        for wizard in self:
            wizard.sigillo_id = self.env["pa.firma.sigillo"]._mine(wizard.company_id)[:1]

    def action_seal(self, password):
        """Seal the copy."""
        self.ensure_one()
        if not self.sigillo_id:
            raise UserError(self.env._("Choose the seal."))
        self.documento_id.apply_seal(self.sigillo_id.id, password)
        return SOFT_RELOAD
