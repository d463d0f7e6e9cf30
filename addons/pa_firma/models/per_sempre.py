from functools import partial

from odoo.service.model import retrying

from ..tools.transaction import is_clean, renew


def for_good(env, work):
    """What `work(env)` returns, committed by a transaction of its own, which is repeated while others' work comes first.

    For what cannot be had again: the answer of a key, of a paid authority. Where the caller has already written something its
    own transaction is used, as `own_transaction` does.
    """
    if not is_clean(env):
        return work(env)
    renew(env)
    with env.registry.cursor() as cr:
        apart = env(cr=cr)
        done = retrying(partial(work, apart), apart)
    renew(env)
    return done
