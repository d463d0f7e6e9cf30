"""The only door to sealed fields.

These are module functions, not methods, so that neither RPC nor the Python code of a server action can call them. A
grant holds for one call, one model, the very ids and the very field names, and is consumed before ``super()``
runs: automations, mail and hooks that the write wakes up inherit nothing.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_grant = ContextVar("pa_atti_seal", default=None)


@contextmanager
def _granted(claim):
    token = _grant.set(claim)
    try:
        yield
    finally:
        _grant.reset(token)


def consume(claim):
    """Whether ``claim`` was granted; a grant is good once."""
    if _grant.get() != claim:
        return False
    _grant.set(None)
    return True


def write_claim(records, vals):
    return ("write", records._name, frozenset(records.ids), frozenset(vals))


def create_claim(model, vals_list):
    return ("create", model._name, len(vals_list))


def unlink_claim(records):
    return ("unlink", records._name, frozenset(records.ids))


def sealed_write(records, vals):
    """Write ``vals``, sealed and frozen fields included, on ``records``."""
    with _granted(write_claim(records, vals)):
        return records.write(vals)


def sealed_create(model, vals_list):
    """Create records with sealed values."""
    with _granted(create_claim(model, vals_list)):
        return model.create(vals_list)


def sealed_unlink(records):
    """Delete records that users may not delete."""
    with _granted(unlink_claim(records)):
        return records.unlink()
