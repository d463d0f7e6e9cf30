from contextlib import closing
from functools import partial

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ..tools.transaction import is_clean, own_transaction, renew


class PaFirmaLibro(models.AbstractModel):
    """Libro firma: many documents, one password, an outcome for each. What is signed stays signed, whatever follows."""

    _name = "pa.firma.libro"
    _description = "Libro firma"

    @api.model
    def load_documents(self, atto_ids=False):
        """What waits for the current user's digital signature, and with what it can be signed.

        :param atto_ids: only these acts
        """
        domain = [("state", "=", "active"), ("user_ids", "in", self.env.uid), ("kind", "in", ("firma", "visto"))]
        if atto_ids:
            domain.append(("atto_id", "in", atto_ids))
        steps = self.env["pa.atto.passo"].search(domain, order="date_due, id")
        steps = steps.filtered(lambda s: s._takes_digital_signature() and s.documento_id)
        devices = self.env["pa.firma.dispositivo"].search(
            [("user_id", "=", self.env.uid), ("kind", "!=", "elsewhere")]
        )
        return {
            "rows": [self._row(step) for step in steps],
            "devices": [{"id": device.id, "name": device.display_name} for device in devices],
        }

    @api.model
    def _row(self, step):
        return {
            "passo_id": step.id,
            "atto_id": step.atto_id.id,
            "atto": step.atto_id.display_name,
            "tipo": step.tipo_id.name,
            "office": step.department_id.display_name,
            "step": step.name,
            "date_due": step.date_due and step.date_due.isoformat(),
            "is_late": step.is_late,
            "attachment_id": step._firma_base().attachment_id.id,
        }

    @api.model
    def sign(self, passo_ids, dispositivo_id, password):
        """Sign these steps' documents one after the other; visas are favourable.

        :param password: opens the device once for all of them; neither stored nor logged
        :return: a list of ``{passo_id, state, message}``, state being ``signed`` or ``refused``
        """
        if not passo_ids:
            raise UserError(self.env._("Choose at least one document."))
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        dispositivo.check_access("read")
        outcomes = []
        with closing(dispositivo._open(password)) as signer:
            for passo_id in passo_ids:
                state, message = self._sign_one(passo_id, signer)
                outcomes.append({"passo_id": passo_id, "state": state, "message": message})
                with own_transaction(self.env) as env:
                    env.user._bus_send("pa_firma/progress", outcomes[-1])
        return outcomes

    @api.model
    def _sign_one(self, passo_id, signer):
        """(state, message) of one document, in a transaction of its own where there can be one."""
        try:
            if is_clean(self.env):
                with self.env.registry.cursor() as cr:
                    env = self.env(cr=cr)
                    retrying(partial(self._sign_step, env, passo_id, signer), env)
                renew(self.env)
            else:
                with self.env.cr.savepoint():
                    self._sign_step(self.env, passo_id, signer)
        except UserError as error:
            return "refused", str(error)
        except psycopg2.Error:  # after retrying: another person's work won, this document waits
            return "refused", self.env._("Somebody else is working on this act: try again.")
        return "signed", ""

    @api.model
    def _sign_step(self, env, passo_id, signer):
        passo = env["pa.atto.passo"].browse(passo_id)
        passo._check_firma_possible()
        passo._firma_with(signer, "favorevole" if passo.kind == "visto" else "done")
