from ..tools.money import MAX_AMOUNT, euro


def amount_sentence(env, label, error):
    """What the user is told of an AmountError: ``label`` is the field, or the column of a file."""
    key, value = error.args
    value = str(value)[:50] or "–"
    texts = {
        "number": env._("%(column)s is not an amount: %(value)s", column=label, value=value),
        "size": env._("%(column)s is larger than %(limit)s: %(value)s", column=label, value=value, limit=euro(MAX_AMOUNT)),
        "decimals": env._("%(column)s has more than two decimals, or an ambiguous dot: %(value)s", column=label, value=value),
        "positive": env._("%(column)s must be more than zero: %(value)s", column=label, value=value),
    }
    return texts[key]
