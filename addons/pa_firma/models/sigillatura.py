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
                outcomes |= self._sealed_apart(todo, sigillo, signer)
        return [outcomes[item] for item in documenti.ids]

    @api.model
    def _sealed_apart(self, todo, sigillo, signer):
        """{document: outcome}. A request is of the seal and of the bytes: documents with the same ones are not sealed at once."""
        outcomes, left = {}, self.env["pa.atto.documento"].browse(todo)
        while left:
            # of those with the same bytes, the first
            now = left.browse({documento.sha256: documento.id for documento in reversed(left)}.values()).sorted(lambda d: todo.index(d.id))
            outcomes |= dict(zip(now.ids, self._signed_all(now.ids, sigillo, signer), strict=True))
            left -= now
            if signer.at_once:  # its code is spent
                message = self.env._("Another document of this batch has the same bytes: seal this one afterwards.")
                return outcomes | {item: self._tell(item, message, "waiting") for item in left.ids}
        return outcomes

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
