import hashlib

from odoo import api, fields, models
from odoo.addons.pa_atti.tools import seal
from odoo.addons.pa_atti.tools.seal import sealed_write
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
    shown_sha256 = fields.Char("SHA-256", readonly=True, help="Hash of the very bytes that are shown, and will be signed.")
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

    @api.model_create_multi
    def create(self, vals_list):
        """What is shown is what is there to sign now: whoever opens the dialog does not choose it."""
        dialogs = super().create(vals_list)
        for dialog in dialogs:
            digest = hashlib.sha256(dialog._record()._firma_given()).hexdigest()
            sealed_write(dialog, {"shown_sha256": digest})
        return dialogs

    def write(self, vals):
        if {"res_model", "res_id", "shown_sha256"} & set(vals) and not seal.consume(seal.write_claim(self, vals)):
            raise UserError(self.env._("What is shown does not change: close this and open it again."))
        return super().write(vals)

    def _shown(self):
        """The record, of which only what was shown is signed: somebody may have changed it since."""
        record = self._record()._as_shown(self.shown_sha256)
        record._firma_given()
        return record

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
            wizard.signers = ", ".join(record.sudo().pa_firma_ids.mapped("signer"))  # who reads the record reads who signed it

    @api.depends("dispositivo_id")
    def _compute_asks(self):
        for wizard in self:
            wizard.asks = wizard.dispositivo_id._described() if wizard.dispositivo_id else False

    def action_sign(self, password="", otp="", account_password=""):
        """Sign with the chosen key file, token or remote service."""
        self.ensure_one()
        self._shown().action_sign_record(self.dispositivo_id.id, password, otp, account_password)
        return SOFT_RELOAD

    def action_upload(self):
        """Take the file signed elsewhere."""
        self.ensure_one()
        self._shown().action_upload_signed_record(self.with_context(bin_size=False).signed_file)
        return SOFT_RELOAD

    def action_download(self):
        """Download the very document that will be signed, to sign it elsewhere."""
        self.ensure_one()
        self._shown()
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.attachment_id}?download=true", "target": "download"}
