from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create
from odoo.exceptions import UserError

from ..tools import csc
from ..tools.errors import FirmaError
from ..tools.transaction import leave


class PaFirmaDispositivo(models.Model):
    """A credential at a remote signing service: nothing of it is here but its names and its certificate."""

    _inherit = "pa.firma.dispositivo"

    fornitore_id = fields.Many2one("pa.firma.fornitore", "Signing service", ondelete="restrict")
    account = fields.Char(help="Name of the person's account at the service.")
    credential = fields.Char(help="Name of the person's certificate at the service.")
    asks_pin = fields.Boolean()
    code_kind = fields.Selection([("online", "Sent by the service"), ("offline", "Shown by a device or app")], "One-time code")

    @api.model
    def _enroll_remote(self, user, name, fornitore, account, account_password="", credential=""):
        """A device of `user`: the credential of this account, which must be the person's own and meant for signing.

        :param credential: which one, where the account holds more than one
        """
        service, codice_fiscale = fornitore._service(), user.pa_codice_fiscale or ""
        leave(self.env)
        try:
            found = csc.find_credential(service, account, account_password or "", codice_fiscale, credential or "")
            vals = self._checked_vals(user, found.certificate, found.chain)
        except FirmaError as error:
            raise UserError(self._message(error)) from None
        vals |= {"user_id": user.id, "name": name, "kind": "remote", "fornitore_id": fornitore.id, "account": account}
        vals |= {"credential": found.name, "asks_pin": found.pin, "code_kind": found.otp or False}
        # Devices are created by enrolment only; users have no right to create them otherwise.
        return sealed_create(self.sudo(), [vals]).sudo(False)

    def _asks(self):
        if self.kind != "remote":
            return super()._asks()
        asked = {"account_password": self.fornitore_id.auth == "login", "password": self.asks_pin, "otp": self.code_kind}
        return [name for name, wanted in asked.items() if wanted]

    def _open_remote(self, typed):
        service, account, name, wanted = self.fornitore_id._service(), self.account, self.credential, self.certificate_sha256
        leave(self.env)
        return csc.open_remote(service, account, name, typed, wanted or "")

    def send_code(self, account_password=""):
        """Have the service send the one-time code to the person, on the telephone or however they agreed.

        :param account_password: of the person's account there, where the service wants it
        """
        self._check_owner()
        if self.kind != "remote" or self.code_kind != "online":
            raise UserError(self.env._("This way to sign has no code to be sent."))
        service, account, name = self.fornitore_id._service(), self.account, self.credential
        leave(self.env)
        try:
            client = csc.Client(service)
            try:
                client.enter(account, account_password or "")
                client.send_code(client.credential(name))
            finally:
                client.close()
        except FirmaError as error:
            raise UserError(self._message(error)) from None
        return True
