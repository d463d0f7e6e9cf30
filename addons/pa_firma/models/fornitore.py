import os
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import config

from ..tools import csc, csc_http
from ..tools.errors import FirmaError


class PaFirmaFornitore(models.Model):
    """A remote signing service (CSC API) that this body's people use. Where PINs go is the administrator's decision alone.

    The body's own secret at the service is not in the database: whoever runs the server puts it in the environment as
    PA_CSC_SECRET_<name>, or in odoo.conf as pa_csc_secret_<name>.
    """

    _name = "pa.firma.fornitore"
    _description = "Remote signing service"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: every body in this database.", index=True)
    url = fields.Char("Address", required=True, help="Up to the version, such as https://service.example/csc/v1")
    version = fields.Selection([("v1", "CSC API 1.0.4"), ("v2", "CSC API 2.0")], required=True, default="v1")
    auth = fields.Selection(
        [
            ("login", "Each person's account and password"),
            ("client", "The body's own client (OAuth 2.0)"),
            ("none", "Nothing: the network decides"),
        ],
        "Getting in",
        required=True,
        default="login",
    )
    client_id = fields.Char("Client id")
    secret_name = fields.Char("Name of the secret", help="The secret itself is in PA_CSC_SECRET_<name> on the server.")
    token_url = fields.Char("Address of tokens", help="Empty: oauth2/token below the service's address.")
    per_call = fields.Integer("Documents per call", default=csc.PER_CALL)

    _per_call_positive = models.Constraint("CHECK (per_call BETWEEN 1 AND 1000)", "Between 1 and 1000 documents per call.")

    @api.constrains("url", "token_url")
    def _check_addresses(self):
        for fornitore in self:
            for url in filter(None, (fornitore.url, fornitore.token_url)):
                try:
                    csc_http.check_address(url)
                except FirmaError as error:
                    raise ValidationError(self.env["pa.firma.dispositivo"]._message(error)) from None

    @api.constrains("secret_name")
    def _check_secret_name(self):
        for fornitore in self:
            if fornitore.secret_name and not re.fullmatch(r"[A-Z0-9_]{1,40}", fornitore.secret_name):
                raise ValidationError(self.env._("The name of the secret is made of capital letters, figures and underscores."))

    def _service(self):
        """The service as the client wants it, with the secret that the server keeps."""
        self.ensure_one()
        # Configuration of the administrator, which users do not read; whoever signs goes through it.
        values = self.sudo()
        return csc.Service(
            url=values.url,
            version=values.version,
            auth=values.auth,
            client_id=values.client_id or "",
            client_secret=values._secret(),
            token_url=values.token_url or "",
            per_call=values.per_call,
        )

    def _secret(self):
        if self.auth != "client" or not self.secret_name:
            return ""
        name = f"pa_csc_secret_{self.secret_name.lower()}"
        return os.environ.get(name.upper()) or config.get(name) or ""
