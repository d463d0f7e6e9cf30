from functools import partial

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ..tools.transaction import is_clean, renew


class PaFirmaLotto(models.AbstractModel):
    """Many documents, one password or code, an outcome for each. What is signed stays signed, whatever follows.

    An item is the id of what is signed: of a step (libro firma), of a document (seals).
    """

    _name = "pa.firma.lotto"
    _description = "Signing of many documents"

    @api.model
    def _device(self, env, device_id):
        """What signs: a person's device, the body's seal."""
        raise NotImplementedError

    @api.model
    def _origin(self, env, item, device_id):
        """The record that is signed (`pa.firma.base`)."""
        raise NotImplementedError

    @api.model
    def _atto_ids(self, items):
        """Acts of these items, only to tell whether two are of the same one."""
        raise NotImplementedError

    @api.model
    def _tell(self, item, message, state=""):
        """The outcome of an item: ``state`` is ``signed``, ``refused`` or ``waiting``."""
        raise NotImplementedError

    @api.model
    def _signed_all(self, items, device, signer):
        """Outcomes of these items, in their order, with an open signer."""
        if signer.at_once:
            return self._sign_batch(list(dict.fromkeys(items)), device, signer)
        work = partial(_sign_one, device_id=device.id, signer=signer)
        return self._each(work, items, self._atto_ids(items), at_once=signer.shared)

    @api.model
    def _sign_one(self, item, device_id, signer):
        """Outcome of one document, in a transaction of its own where there can be one."""
        _done, message = self._attempt(self._sign_item, item, device_id, signer)
        return self._tell(item, message)

    @api.model
    def _sign_item(self, env, item, device_id, signer):
        origin = self._origin(env, item, device_id)
        origin._firma_check_now()
        request = origin._firma_made(self._device(env, device_id), signer)
        origin._firma_use(request)

    @api.model
    def _attempt(self, work, *args):
        """(what `work` returns, "") or (None, why not), in a transaction of its own where there can be one."""
        try:
            if is_clean(self.env):
                renew(self.env)  # the work has a transaction of its own: this one is not left open meanwhile
                with self.env.registry.cursor() as cr:
                    env = self.env(cr=cr)
                    done = retrying(partial(work, env, *args), env)
                renew(self.env)
            else:
                with self.env.cr.savepoint():
                    done = work(self.env, *args)
        except UserError as error:
            return None, str(error)
        except psycopg2.Error:  # after retrying: another person's work won, this document waits
            return None, self.env._("Somebody else is working on this act: try again.")
        return done, ""


def _sign_one(lotto, item, device_id, signer):
    return lotto._sign_one(item, device_id, signer)
