"""Amounts as Decimal: nothing that is compared or added is ever a float."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
MAX_AMOUNT = Decimal("9999999999999.99")


def dec(value):
    """A number read from the ORM (whose Monetary is a float) or from text, as euro and cents, half up."""
    if isinstance(value, float):
        value = repr(value)
    try:
        amount = Decimal(value or 0)
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {value!r}") from error
    if not amount.is_finite() or abs(amount) > MAX_AMOUNT:
        raise ValueError(f"amount out of range: {value!r}")
    return amount.quantize(CENT, ROUND_HALF_UP)


def parse_amount(text):
    """``1.234,56``, ``1234.56``, ``1234`` -> Decimal. Ambiguous or malformed text raises ValueError."""
    if isinstance(text, (int, float, Decimal)) and not isinstance(text, bool):
        return dec(text)
    text = str(text or "").strip().replace("\u00a0", "").replace(" ", "").replace("€", "").replace("'", "")
    if not text:
        raise ValueError("empty amount")
    if "," in text:
        whole, _sep, cents = text.rpartition(",")
        groups = whole.split(".")
        if "," in whole or any(len(group) != 3 for group in groups[1:]) or len(cents) > 2:
            raise ValueError(f"not an amount: {text!r}")
        text = "".join(groups) + "." + cents
    elif text.count(".") > 1:
        groups = text.split(".")
        if any(len(group) != 3 for group in groups[1:]):
            raise ValueError(f"not an amount: {text!r}")
        text = "".join(groups)
    if not text.lstrip("+-").replace(".", "", 1).isdecimal() or not text.isascii():
        raise ValueError(f"not an amount: {text!r}")
    return dec(text)


def euro(amount):
    """How an amount is written in a message: ``1.234,56 €``."""
    text = f"{dec(amount):,.2f}"
    return text.translate(str.maketrans(",.", ".,")) + " €"
