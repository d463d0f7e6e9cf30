from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tools import mute_logger

from .common import ContabilitaCommon

REFUSED = (AccessError, UserError, ValidationError, IntegrityError, AttributeError)


class ReteCommon(ContabilitaCommon):
    """Calls as they come from the network."""

    def _rpc(self, user, model, method, *args, **kwargs):
        return call_kw(self.env[model].with_user(user).with_context(**kwargs.pop("context", {})), method, list(args), kwargs)

    def _refused(self, *call, **kwargs):
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self._rpc(*call, **kwargs)
                self.env.flush_all()
        except REFUSED:
            self.env.invalidate_all(flush=False)
        else:
            self.fail(f"not refused: {call}")
