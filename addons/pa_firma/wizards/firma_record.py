import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from .firma_file import SOFT_RELOAD


class PaFirmaRecord(models.TransientModel):
    """Signs a record of any addon (`pa.firma.mixin`). What is typed never is a field: the dialog hands it on and forgets it."""

    _name = "pa.firma.record"
    _description = "Sign a record"
    _inherit = ["pa.firma.dialogo"]

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)
    name = fields.Char("Document", compute="_compute_file")
    attachment_id = fields.Integer(compute="_compute_file")
    sha256 = fields.Char("SHA-256", compute="_compute_file", help="Hash of the very bytes that will be signed.")
    signers = fields.Char("Already signed by", compute="_compute_file")
    dispositivo_id = fields.Many2one(
        "pa.firma.dispositivo",
        "Sign with",
        domain="[('user_id', '=', uid)]",
        default=lambda self: self.env["pa.firma.dispositivo"].search([("user_id", "=", self.env.uid)], limit=1),
    )
    dispositivo_kind = fields.Selection(string="Way", related="dispositivo_id.kind")
    asks = fields.Json(compute="_compute_asks")
    signed_file = fields.Binary("Signed file", attachment=False)
    signed_name = fields.Char()

    def _record(self):
        """The record, which must be one that is signed and that this person may write."""
        record = self.env["pa.firma.durata"]._record_of(self)
        if not record:
            raise UserError(self.env._("What was being signed is not there any more."))
        record._firma_check_now()
        return record

    @api.depends("res_model", "res_id")
    def _compute_file(self):
        for wizard in self:
            record = wizard._record()
            file = record._signed_file()
            wizard.name, wizard.attachment_id = file.name, file.id
            wizard.sha256 = hashlib.sha256(record._firma_given()).hexdigest()
            wizard.signers = ", ".join(record.sudo().pa_firma_ids.mapped("signer"))  # who reads the record reads who signed it

    @api.depends("dispositivo_id")
    def _compute_asks(self):
        for wizard in self:
            wizard.asks = wizard.dispositivo_id._described() if wizard.dispositivo_id else False

    def action_sign(self, password="", otp="", account_password=""):
        """Sign with the chosen key file, token or remote service."""
        self.ensure_one()
        self._record().action_sign_record(self.dispositivo_id.id, password, otp, account_password)
        return SOFT_RELOAD

    def action_upload(self):
        """Take the file signed elsewhere."""
        self.ensure_one()
        self._record().action_upload_signed_record(self.with_context(bin_size=False).signed_file)
        return SOFT_RELOAD

    def action_download(self):
        """Download the very document that will be signed, to sign it elsewhere."""
        self.ensure_one()
        self._record()
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.attachment_id}?download=true", "target": "download"}
