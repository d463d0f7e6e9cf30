from decimal import Decimal

import pytest
from load_contabilita import tool

money = tool("money")


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.234,56", "1234.56"), ("1234.56", "1234.56"), ("1234", "1234.00"), ("€ 1.000.000", "1000000.00"), ("-5,5", "-5.50"),
     (0.1, "0.10"), (1234.565, "1234.57"), ("0,005" [:4], "0.00")],
)
def test_amounts(text, amount):
    assert money.parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "1,2,3", "12,345", "1.234", "1234.567", "1e5", "NaN", "inf", "--5", "1.23,4,5", "9" * 40, "٣"])
def test_not_amounts(text):
    with pytest.raises(ValueError):
        money.parse_amount(text)


@pytest.mark.parametrize(("text", "amount"), [("1.234", "1234"), ("1234.5", "1234.50"), ("-1.234,5", "-1234.50")])
def test_with_a_decimal_comma_dots_are_thousands(text, amount):
    assert money.parse_amount(text, comma=True) == Decimal(amount)


@pytest.mark.parametrize("text", ["1234.567", "1.23.456", "1.234.56", ".5.5", "1,234,5", "1.2345"])
def test_not_amounts_with_a_comma(text):
    with pytest.raises(ValueError):
        money.parse_amount(text, comma=True)


def test_euro():
    assert money.euro(Decimal("1234567.8")) == "1.234.567,80 €"


def test_sum_of_tenths():
    assert sum(money.dec(0.1) for _i in range(10)) == Decimal("1.00")


@pytest.mark.parametrize(
    ("value", "key"),
    [(float("nan"), "number"), (float("inf"), "number"), ("NaN", "number"), ("Infinity", "number"), ("dodici", "number"),
     (True, "number"), ([1], "number"), ({}, "positive"), (1e14, "size"), ("1e14", "size"), (-1e14, "size"), (12.345, "decimals"),
     ("0.001", "decimals"), (0, "positive"), (None, "positive"), (-0.01, "positive")],
)
def test_what_cannot_be_entered(value, key):
    with pytest.raises(money.AmountError) as refused:
        money.entered(value)
    assert refused.value.args[0] == key


@pytest.mark.parametrize(
    ("value", "amount"),
    [(0.1 + 0.2, "0.30"), ("12.34", "12.34"), (999999999999.99, "999999999999.99"), (7, "7.00"), (Decimal("5.5"), "5.50")],
)
def test_what_can_be_entered(value, amount):
    assert money.entered(value) == Decimal(amount)


@pytest.mark.parametrize(("text", "key"), [("12,345", "decimals"), ("1.2345", "decimals"), ("100000000000000", "size")])
def test_why_a_text_is_no_amount(text, key):
    with pytest.raises(money.AmountError) as refused:
        money.parse_amount(text)
    assert refused.value.args[0] == key
