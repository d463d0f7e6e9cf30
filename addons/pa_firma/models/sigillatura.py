from contextlib import closing

from odoo import api, models
from odoo.exceptions import UserError


class PaFirmaSigillatura(models.AbstractModel):
    """Sealed copies of many documents with one password, or one code of a remote service, and an outcome for each."""

    _name = "pa.firma.sigillatura"
    _description = "Sealing of many documents"
    _inherit = ["pa.firma.lotto"]

    @api.model
    def seal(self, documento_ids, sigillo_id, password="", otp="", account_password=""):
        """Seal a copy of each of these documents; one that has its copy already is told as done.

        :param password: of the seal, or PIN of its remote credential; used now, neither stored nor logged, as `otp` and
            `account_password` of the remote service
        :return: a list of ``{documento_id, state, message}``, as `sign` of the libro firma
        """
        documenti = self.env["pa.atto.documento"].browse(dict.fromkeys(documento_ids))
        if not documenti:
            raise UserError(self.env._("Choose at least one document."))
        documenti.check_access("read")
        done = documenti.filtered(lambda d: d.sudo()._sealed_copies())  # whoever made them
        outcomes = {item: self._tell(item, "") for item in done.ids}
        todo = (documenti - done).ids
        sigillo = self.env["pa.firma.sigillo"].browse(sigillo_id)
        sigillo._check_may_apply()
        if todo:
            with closing(sigillo._open(password, otp, account_password)) as signer:
                outcomes |= dict(zip(todo, self._signed_all(todo, sigillo, signer), strict=True))
        return [outcomes[item] for item in documenti.ids]

    @api.model
    def _device(self, env, device_id):
        return env["pa.firma.sigillo"].browse(device_id)

    @api.model
    def _origin(self, env, item, device_id):
        return self._device(env, device_id)._for(env["pa.atto.documento"].browse(item))

    @api.model
    def _atto_ids(self, items):
        return [documento.atto_id.id for documento in self.env["pa.atto.documento"].browse(items)]

    @api.model
    def _tell(self, item, message, state=""):
        return {"documento_id": item, "state": state or ("refused" if message else "signed"), "message": message}
