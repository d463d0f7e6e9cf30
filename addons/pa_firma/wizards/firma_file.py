from odoo import api, fields, models

from ..tools import sign_file

SOFT_RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}


class PaFirmaFile(models.TransientModel):
    """Signs one attachment. The password never is a field: the dialog hands it to `action_sign` and forgets it."""

    _name = "pa.firma.file"
    _description = "Sign an attachment"
    _inherit = ["pa.firma.dialogo"]

    documento_id = fields.Many2one("pa.atto.documento", required=True, readonly=True)
    base_id = fields.Many2one("pa.atto.documento", "File", compute="_compute_base")
    attachment_id = fields.Integer(compute="_compute_base")
    sha256 = fields.Char("SHA-256", compute="_compute_base", help="Hash of the very bytes that will be signed.")
    is_pdf = fields.Boolean(compute="_compute_base")
    kind = fields.Char(compute="_compute_base", help="What the file is: pades, xades, cades, or envelope when others signed it.")
    signers = fields.Char("Already signed by", compute="_compute_base")
    form = fields.Selection(
        [
            ("natural", "Inside the document (PAdES, XAdES)"),
            ("cades", "In an envelope (.p7m)"),
            ("cades_detached", "In a file beside it (.p7s)"),
        ],
        "Form of the signature",
        default="natural",
        required=True,
    )
    envelope = fields.Selection(
        [("cades", "In an envelope (.p7m)"), ("cades_detached", "In a file beside it (.p7s)")],
        default="cades",
        required=True,
    )
    dispositivo_id = fields.Many2one(
        "pa.firma.dispositivo",
        "Sign with",
        domain="[('user_id', '=', uid)]",
        default=lambda self: self._default_dispositivo(),
    )
    dispositivo_kind = fields.Selection(string="Way", related="dispositivo_id.kind")
    asks = fields.Json(compute="_compute_asks")
    signed_file = fields.Binary("Signed file", attachment=False)
    signed_name = fields.Char()

    @api.depends("documento_id")
    def _compute_base(self):
        for wizard in self:
            base = wizard.documento_id._file_base() if wizard.documento_id else wizard.documento_id
            data = base._bytes() if base else b""
            possible = sign_file.possible_forms(data) if data else [""]
            wizard.base_id, wizard.attachment_id, wizard.sha256 = base, base.attachment_id.id, base.sha256
            wizard.is_pdf = data.startswith(b"%PDF-")
            wizard.kind = "envelope" if len(possible) == 1 else possible[0]
            wizard.signers = ", ".join(base.firma_ids.mapped("signer"))

    @api.depends("dispositivo_id")
    def _compute_asks(self):
        for wizard in self:
            wizard.asks = wizard.dispositivo_id._described() if wizard.dispositivo_id else False

    @api.model
    def _default_dispositivo(self):
        return self.env["pa.firma.dispositivo"].search([("user_id", "=", self.env.uid)], limit=1)

    def _form(self):
        """The form chosen, as `sign_file` calls it; False for the natural one."""
        if self.kind == "cades":
            return self.envelope
        return False if self.kind == "envelope" or self.form == "natural" else self.form

    def action_sign(self, password="", otp="", account_password=""):
        """Sign with the chosen key file, token or remote service."""
        self.ensure_one()
        self.documento_id.sign_file(self.dispositivo_id.id, password, self._form(), otp, account_password)
        return SOFT_RELOAD

    def action_upload(self):
        """Take the file signed elsewhere."""
        self.ensure_one()
        self.documento_id.upload_signed_file(self.with_context(bin_size=False).signed_file, self._form())
        return SOFT_RELOAD

    def action_download(self):
        """Download the very file that will be signed, to sign it elsewhere."""
        self.ensure_one()
        self.documento_id._check_file_signing()
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.attachment_id}?download=true", "target": "download"}
