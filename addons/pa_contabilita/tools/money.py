"""Amounts as Decimal: nothing that is compared or added is ever a float."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
MAX_AMOUNT = Decimal("999999999999.99")


class AmountError(ValueError):
    """Why something is no amount: a key (``number``, ``size``, ``decimals``, ``positive``) and what was given."""


def dec(value):
    """A number read from the ORM (whose Monetary is a float) or from text, as euro and cents, half up."""
    if isinstance(value, float):
        value = repr(value)
    try:
        amount = Decimal(value or 0)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise AmountError("number", value) from error
    if not amount.is_finite():
        raise AmountError("number", value)
    if abs(amount) > MAX_AMOUNT:
        raise AmountError("size", value)
    return amount.quantize(CENT, ROUND_HALF_UP)


def entered(value):
    """A number as a program sent it, to be stored: positive, with two decimals at most (beyond the sixth is a float's noise).

    :raises AmountError: it is not
    """
    if isinstance(value, bool):
        raise AmountError("number", value)
    amount = dec(value)
    if abs(Decimal(repr(value) if isinstance(value, float) else value or 0) - amount) >= Decimal("0.0000005"):
        raise AmountError("decimals", value)
    if amount <= 0:
        raise AmountError("positive", value)
    return amount


def _grouped(text):
    """Whether dots separate thousands: ``1.234.567``."""
    first, *others = text.lstrip("+-").split(".")
    return 0 < len(first) <= 3 and all(len(group) == 3 for group in others)


def parse_amount(text, comma=False):
    """``1.234,56``, ``1234.56``, ``1234`` -> Decimal. Ambiguous or malformed text raises ValueError.

    :param comma: decimals are written with a comma, so that ``1.234`` is a thousand and more
    """
    if isinstance(text, (int, float, Decimal)) and not isinstance(text, bool):
        return dec(text)
    text = str(text or "").strip().replace("\u00a0", "").replace(" ", "").replace("€", "").replace("'", "")
    if not text:
        raise ValueError("empty amount")
    whole, sep, cents = text.rpartition(",")
    if not sep:
        whole, sep, cents = text, "", ""
        if "." in text and not (_grouped(text) and (comma or text.count(".") > 1)):
            whole, sep, cents = text.partition(".")
    if len(cents) > 2 and "," not in whole and cents.isdecimal() and whole.lstrip("+-").replace(".", "").isdecimal():
        raise AmountError("decimals", text)
    if "," in whole or len(cents) > 2 or ("." in whole and not _grouped(whole)):
        raise ValueError(f"not an amount: {text!r}")
    text = whole.replace(".", "") + ("." + cents if sep else "")
    if not text.lstrip("+-").replace(".", "", 1).isdecimal() or not text.isascii():
        raise ValueError(f"not an amount: {text!r}")
    return dec(text)


def euro(amount):
    """How an amount is written in a message: ``1.234,56 €``."""
    text = f"{dec(amount):,.2f}"
    return text.translate(str.maketrans(",.", ".,")) + " €"
