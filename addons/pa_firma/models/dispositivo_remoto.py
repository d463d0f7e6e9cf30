from odoo import api, models
from odoo.addons.pa_atti.tools.seal import sealed_create
from odoo.exceptions import UserError

from ..tools import identity
from ..tools.errors import FirmaError


class PaFirmaDispositivo(models.Model):
    """A person's credential at a remote signing service."""

    _name = "pa.firma.dispositivo"
    _inherit = ["pa.firma.dispositivo", "pa.firma.credenziale"]

    def _check_may_use(self):
        self._check_owner()

    @api.model
    def _enroll_remote(self, user, name, fornitore, account, account_password="", credential=""):
        """A device of `user`: the credential of this account, which must be the person's own and meant for signing.

        :param credential: which one, where the account holds more than one
        """
        code = user.pa_codice_fiscale or ""
        try:
            found = self._found_credential(
                fornitore, account, account_password, credential, lambda cert: code in ("", identity.codice_fiscale(cert))
            )
            vals = self._checked_vals(user, found.certificate, found.chain)
        except FirmaError as error:
            raise UserError(self._message(error)) from None
        vals |= {"user_id": user.id, "name": name, **self._remote_vals(fornitore, account, found)}
        # Devices are created by enrolment only; users have no right to create them otherwise.
        return sealed_create(self.sudo(), [vals]).sudo(False)
