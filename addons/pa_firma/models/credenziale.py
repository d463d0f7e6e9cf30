from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import csc
from ..tools.errors import FirmaError
from ..tools.transaction import leave


class PaFirmaCredenziale(models.AbstractModel):
    """A credential at a remote signing service, of a person or of the body: nothing of it is here but its names.

    Whoever inherits it has `kind` (with ``remote``), `certificate_sha256`, `_message` and `_check_may_use`.
    """

    _name = "pa.firma.credenziale"
    _description = "Credential at a remote signing service"

    fornitore_id = fields.Many2one("pa.firma.fornitore", "Signing service", ondelete="restrict")
    account = fields.Char(help="Name of the account at the service.")
    credential = fields.Char(help="Name of the certificate at the service.")
    asks_pin = fields.Boolean()
    code_kind = fields.Selection([("online", "Sent by the service"), ("offline", "Shown by a device or app")], "One-time code")

    def _check_may_use(self):
        """Raise unless the current user may sign with this now."""
        raise NotImplementedError

    @api.model
    def _found_credential(self, fornitore, account, account_password, credential, suits):
        """The credential of this account at the service.

        :param suits: whether a certificate is the one wanted, where no `credential` is named
        :raises FirmaError: no entry, none that suits, or several
        """
        service = fornitore._service()
        leave(self.env)
        return csc.find_credential(service, account, account_password or "", name=credential or "", suits=suits)

    @api.model
    def _remote_vals(self, fornitore, account, found):
        return {
            "kind": "remote", "fornitore_id": fornitore.id, "account": account, "credential": found.name,
            "asks_pin": found.pin, "code_kind": found.otp or False,
        }  # fmt: skip

    def _described(self):
        """What a screen needs to know of a way to sign."""
        facts = {"id": self.id, "model": self._name, "name": self.display_name, "kind": self.kind}
        return facts | {"asks": self._asks(), "sends_code": self.kind == "remote" and self.code_kind == "online"}

    def _asks(self):
        """What the person types to sign with this: the names of `_open`'s parameters."""
        self.ensure_one()
        if self.kind != "remote":
            return ["password"] if self.kind in ("key_file", "token") else []
        asked = {"account_password": self.fornitore_id.auth == "login", "password": self.asks_pin, "otp": self.code_kind}
        return [name for name, wanted in asked.items() if wanted]

    def _open_remote(self, typed):
        service, account, name, wanted = self.fornitore_id._service(), self.account or "", self.credential, self.certificate_sha256
        leave(self.env)
        return csc.open_remote(service, account, name, typed, wanted or "")

    def send_code(self, account_password=""):
        """Have the service send the one-time code to the person, on the telephone or however they agreed.

        :param account_password: of the account there, where the service wants it
        """
        self._check_may_use()
        if self.kind != "remote" or self.code_kind != "online":
            raise UserError(self.env._("This way to sign has no code to be sent."))
        service, account, name = self.fornitore_id._service(), self.account or "", self.credential
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
