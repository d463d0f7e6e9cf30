from odoo.tests import HttpCase, JsonRpcException
from odoo.tools import mute_logger

from .common import AttiCommon


class RpcCommon(AttiCommon, HttpCase):
    """What a person with the network's own tools can send."""

    def _as(self, user):
        self.env.flush_all()
        self.authenticate(user.login, user.login)
        return self

    def _rpc(self, model, method, *args, **kwargs):
        self.env.flush_all()
        try:
            return self.make_jsonrpc_request(
                f"/web/dataset/call_kw/{model}/{method}",
                {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
            )
        finally:
            self.env.invalidate_all()

    def _refused(self, model, method, *args, **kwargs):
        with self.subTest(f"{model}.{method}{args}{kwargs or ''}"), mute_logger("odoo.http"):
            with self.assertRaises(JsonRpcException):
                self._rpc(model, method, *args, **kwargs)

    def _json2(self, user, model, method, **body):
        """The external API of Odoo 19, with a key of the user."""
        # Keys of the external API are created by users of themselves.
        key = self.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "test", None)
        self.env.flush_all()
        with mute_logger("odoo.http"):
            answer = self.url_open(f"/json/2/{model}/{method}", json=body, headers={"Authorization": f"Bearer {key}"})
        self.env.invalidate_all()
        return answer

    def _running(self, tipo="tipo_determina", **vals):
        atto = self._draft(tipo, **vals)
        atto.action_start()
        return atto

    def _concluded(self, **vals):
        atto = self._running(**vals)
        self._complete(atto, self.responsabile)
        self._complete(atto, self.messo)
        return atto
