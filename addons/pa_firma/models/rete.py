import re

from odoo import api, models

from ..tools import fetch
from ..tools.errors import FirmaError
from ..tools.transaction import leave

SECONDS = 10


class PaFirmaRete(models.AbstractModel):
    """The only way out to addresses that certificates and lists name, with the limits that the administrator set."""

    _name = "pa.firma.rete"
    _description = "Addresses outside"

    @api.model
    def _parameter(self, name, default=""):
        # Limits and addresses are configuration, which users do not read.
        return self.env["ir.config_parameter"].sudo().get_param(f"pa_firma.{name}") or default

    @api.model
    def _policy(self, seconds=SECONDS, max_bytes=fetch.Policy.max_bytes):
        hosts = re.split(r"[\s,;]+", self._parameter("fetch_allowed").lower())
        return fetch.Policy(
            allowed=frozenset(filter(None, hosts)),
            seconds=seconds,
            max_bytes=max_bytes,
            proxy=self._parameter("fetch_proxy"),
        )

    @api.model
    def _fetch(self, url, seconds=SECONDS, max_bytes=fetch.Policy.max_bytes, **options):
        """Bytes at an address; no transaction is open meanwhile, unless the caller has already written something.

        :raises FirmaError: not an address to be followed, or no answer as it should be
        """
        policy = self._policy(seconds, max_bytes)
        leave(self.env)
        return fetch.fetch(url, policy, **options)

    @api.model
    def _fetch_message(self, error, url):
        """The translated sentence of a refusal; what the network said stays as it was said."""
        messages = {
            "fetch_refused": self.env._("The address %(url)s is not followed [%(detail)s]", url=url, detail=error.detail),
            "fetch_time": self.env._("The answer of %s took too long.", url),
            "too_large": self.env._("The answer of %s is too large.", url),
        }
        return messages.get(error.code) or self.env._(
            "%(url)s does not answer as it should [%(detail)s]", url=url, detail=error.detail
        )

    @api.model
    def _fetched(self, url, **options):
        """(bytes, "") or (None, why)."""
        try:
            return self._fetch(url, **options), ""
        except FirmaError as error:
            return None, self._fetch_message(error, url)
