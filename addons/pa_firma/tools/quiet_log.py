"""Odoo writes every call that comes from outside in its log, arguments included, when the log is at the level of debugging
(`--log-level=debug`, `debug_rpc`): passwords, PINs and codes are not written there."""

import inspect
import logging

LOGGER = "odoo.service.model"
SECRET = {"password", "otp", "account_password"}  # names of the parameters of this addon's methods
WITH_KEYS = {"pa.firma.iscrizione", "pa.firma.sigillo.nuovo"}  # dialogs in which a key file comes in


class QuietFilter(logging.Filter):
    """Takes the arguments away from the line of a call that may hold a secret; that it was made, and on what, stays."""

    def filter(self, record):
        args = record.args
        if isinstance(args, tuple) and len(args) == 3 and _holds_secrets(*args[:2]):
            record.args = (*args[:2], "…")
        return True


def _holds_secrets(records, name):
    model = getattr(records, "_name", None)
    method = getattr(type(records), str(name), None)
    if model is None or method is None:
        return False
    return model in WITH_KEYS or bool(SECRET & set(inspect.signature(method).parameters))


def install():
    """Once for each process, whatever the databases."""
    logger = logging.getLogger(LOGGER)
    if not any(isinstance(found, QuietFilter) for found in logger.filters):
        logger.addFilter(QuietFilter())
