from odoo import api, fields, models

DONE = {"type": "ir.actions.act_window_close"}


class PaFirmaWizard(models.TransientModel):
    """Signs one document. The password never is a field: the dialog hands it to `action_sign` and forgets it."""

    _name = "pa.firma.wizard"
    _description = "Sign"
    _inherit = ["pa.firma.dialogo"]

    passo_id = fields.Many2one("pa.atto.passo", required=True, readonly=True)
    kind = fields.Selection(related="passo_id.kind")
    firma_mode = fields.Selection(related="passo_id.firma_mode")
    documento_id = fields.Many2one("pa.atto.documento", "Document", compute="_compute_base")
    attachment_id = fields.Integer(compute="_compute_base")
    sha256 = fields.Char("SHA-256", compute="_compute_base", help="Hash of the very bytes that will be signed.")
    oggetto = fields.Char(related="passo_id.oggetto")
    dispositivo_id = fields.Many2one(
        "pa.firma.dispositivo",
        "Sign with",
        domain="[('user_id', '=', uid)]",
        default=lambda self: self._default_dispositivo(),
    )
    asks = fields.Json(compute="_compute_asks")
    dispositivo_kind = fields.Selection(string="Way", related="dispositivo_id.kind")
    outcome = fields.Selection(
        [("favorevole", "Favourable"), ("favorevole_osservazioni", "Favourable with remarks")], default="favorevole"
    )
    reason = fields.Text("Remarks")
    signed_file = fields.Binary("Signed file", attachment=False)
    signed_name = fields.Char()

    @api.depends("passo_id")
    def _compute_base(self):
        for wizard in self:
            base = wizard.passo_id._firma_base() if wizard.passo_id else wizard.documento_id
            wizard.documento_id = base
            wizard.attachment_id = base.attachment_id.id
            wizard.sha256 = base.sha256

    @api.depends("dispositivo_id")
    def _compute_asks(self):
        for wizard in self:
            wizard.asks = wizard.dispositivo_id._described() if wizard.dispositivo_id else False

    @api.model
    def _default_dispositivo(self):
        return self.env["pa.firma.dispositivo"].search([("user_id", "=", self.env.uid)], limit=1)

    def _outcome(self):
        return (self.outcome or "favorevole") if self.kind == "visto" else "done"

    def action_sign(self, password="", otp="", account_password=""):
        """Sign with the chosen key file, token or remote service."""
        self.ensure_one()
        self.passo_id.action_sign(
            self.dispositivo_id.id, password, self._outcome(), self.reason, otp=otp, account_password=account_password
        )
        return DONE

    def action_upload(self):
        """Take the file signed elsewhere."""
        self.ensure_one()
        datas = self.with_context(bin_size=False).signed_file
        self.passo_id.action_sign_uploaded(datas, self._outcome(), self.reason)
        return DONE

    def action_download(self):
        """Download the very document that will be signed, to sign it elsewhere."""
        self.ensure_one()
        self.passo_id._check_firma_possible()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id}?download=true",
            "target": "download",
        }

    def action_on_paper(self):
        """Complete the step without a digital signature, where paper is allowed."""
        self.ensure_one()
        self.passo_id.action_complete(self._outcome(), self.reason)
        return DONE
