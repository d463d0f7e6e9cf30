from odoo import api, models


class PaFirmaDispositivo(models.Model):
    _inherit = "pa.firma.dispositivo"

    @api.model
    def _message(self, error):
        """The translated sentence of a refusal."""
        messages = {
            "key_file": self.env._("Wrong password, or not a key file."),
            "certificate_expired": self.env._("The certificate has expired."),
            "certificate_not_yet": self.env._("The certificate is not valid yet."),
            "key_usage": self.env._("The certificate is not meant for signing (no non-repudiation)."),
            "not_pdf": self.env._("The file is not a PDF."),
            "empty": self.env._("The file is empty."),
            "too_large": self.env._("The file is too large."),
            "truncated": self.env._("The PDF is truncated."),
            "malformed": self.env._("The PDF cannot be read."),
            "encrypted": self.env._("The PDF is encrypted."),
            "active_content": self.env._("The PDF holds active content (scripts, actions, forms): it is not signed."),
            "pin": self.env._("Wrong PIN."),
            "pin_locked": self.env._("The PIN is blocked."),
            "token": self.env._("The token does not answer."),
            "token_certificate": self.env._("The token must hold one certificate meant for signing."),
            "wrong_signature": self.env._("The signature does not come from the key of the certificate."),
            "prepared_other": self.env._("The document has changed since it was prepared: prepare it again."),
            "key_kind": self.env._("The certificate's kind of key is not supported."),
            "certificate": self.env._("The certificate cannot be read."),
            "timestamp": self.env._("The timestamp authority did not answer as it should: nothing was signed."),
        }
        return messages.get(error.code) or self.env._("The signature could not be made: %s", error.detail)
