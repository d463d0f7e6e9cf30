"""What a person types to sign is not logged: at debug level Odoo writes the parameters of every call that comes in."""

import inspect
import logging

SECRETS = {"password", "otp", "account_password"}
_LOGGER = "odoo.service.model"


class HiddenSecrets(logging.Filter):
    """Takes the parameters out of the log of a call to a method that is given one of these."""

    def filter(self, record):
        if isinstance(record.args, tuple) and len(record.args) == 3:
            target, name, _parameters = record.args
            if _takes_secret(target, name):
                record.args = (target, name, "hidden: among them is what a person types to sign")
        return True


def _takes_secret(target, name):
    try:
        return bool(SECRETS & set(inspect.signature(getattr(type(target), name)).parameters))
    except (AttributeError, TypeError, ValueError):  # not a call, or not one that can be looked at
        return False


def install():
    """Filter Odoo's log of calls, once."""
    logger = logging.getLogger(_LOGGER)
    if not any(isinstance(item, HiddenSecrets) for item in logger.filters):
        logger.addFilter(HiddenSecrets())
