"""Calling the product as the web client does: each call in a transaction of its own, repeated when it loses a race."""

from functools import partial

from odoo import api
from odoo.service.model import retrying

CONTEXT = {"lang": "it_IT", "tz": "Europe/Rome"}


def call(registry, function, *args, user=api.SUPERUSER_ID):
    """The result of ``function(env, *args)`` as ``user``, committed."""
    with registry.cursor() as cr:
        env = api.Environment(cr, user, CONTEXT)
        return retrying(partial(function, env, *args), env)
