"""Transactions of their own for what must survive the caller's. The only tool here that touches an environment."""

from contextlib import contextmanager


@contextmanager
def own_transaction(env):
    """An environment whose work is committed at the end, whatever happens later to the caller's transaction.

    The caller's snapshot is renewed so that it sees that work; that is possible only while the caller has written nothing.
    Where something was already written (shell scripts, a test's transaction) the caller's own transaction is used.
    """
    if not is_clean(env):
        yield env
        return
    with env.registry.cursor() as cr:
        yield env(cr=cr)
    renew(env)


def leave(env):
    """End the transaction before somebody outside is asked, so that nothing is held while they answer.

    Where something was already written there is nothing to do: it would be lost.
    """
    if is_clean(env):
        renew(env)


def is_clean(env):
    """Whether the transaction has written nothing yet: PostgreSQL itself tells."""
    env.flush_all()
    env.cr.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
    return env.cr.fetchone()[0]


def renew(env):
    """Begin a new transaction, hence a new snapshot, on the same cursor."""
    env.cr.rollback()
    env.transaction.clear()
