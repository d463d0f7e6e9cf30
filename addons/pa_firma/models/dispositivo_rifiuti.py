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
            "token_busy": self.env._("Somebody is signing with this token: wait a moment and try again."),
            "token_certificate": self.env._("The token must hold one certificate meant for signing."),
            "wrong_signature": self.env._("The signature does not come from the key of the certificate."),
            "prepared_other": self.env._("The document has changed since it was prepared: prepare it again."),
            "limits": self.env._("The file asks for too much time or memory to be read: it is not signed. Print it again as a PDF and sign that one."),
            "isolation": self.env._("The reading of the file was interrupted: try again."),
            "key_kind": self.env._("The certificate's kind of key is not supported."),
            "certificate": self.env._("The certificate cannot be read."),
            "timestamp": self.env._("The timestamp authority did not answer as it should: nothing was signed."),
        } | self._messages_remote(error)
        return messages.get(error.code) or self.env._("The signature could not be made: %s", error.detail)

    @api.model
    def _messages_remote(self, error):
        return {
            "csc_address": self.env._("The address of a signing service begins with https:// and holds no password."),
            "csc_unreachable": self.env._("The signing service cannot be reached: nothing was signed."),
            "csc_timeout": self.env._("The signing service did not answer in time."),
            "csc_redirect": self.env._("The signing service sends to another address, which is not followed."),
            "csc_server": self.env._("The signing service has a fault of its own: try again later."),
            "csc_answer": self.env._("The signing service gave an answer that cannot be accepted."),
            "csc_login": self.env._("The signing service does not let in with this account and password."),
            "csc_refused": self.env._("The signing service refused: %s", error.detail),
            "csc_pin": self.env._("Wrong PIN."),
            "csc_otp": self.env._("The one-time code is wrong or has expired."),
            "csc_data": self.env._("The PIN or the one-time code is wrong."),
            "csc_pin_missing": self.env._("Write the PIN."),
            "csc_otp_missing": self.env._("Write the one-time code."),
            "csc_locked": self.env._("The service has locked this certificate, after too many wrong attempts."),
            "csc_expired": self.env._("The authorization of the signing service has expired: ask for a new code."),
            "csc_disabled": self.env._("The service says that this certificate is disabled."),
            "csc_multisign": self.env._("The service does not sign so many documents with one code."),
            "csc_certificate": self.env._("The service now has another certificate: add this way to sign again."),
            "csc_none": self.env._("The service holds no signing certificate of yours in this account."),
            "csc_many": self.env._("The service holds several certificates of yours: write which one (%s).", error.detail),
            "csc_mode": self.env._("This certificate is used only from the service's own pages."),
            "csc_algorithm": self.env._("The service offers no signature algorithm that can be used."),
        }
