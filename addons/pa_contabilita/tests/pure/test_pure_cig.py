import pytest
from load_contabilita import tool

cig = tool("cig")


@pytest.mark.parametrize(
    "code", ["BA9F67DF48", "BA0CD3E392", "B15FFA314D", "7564700BE9", "B33D7F81AC", "BAC369EF0E", " ba9f67df48 "]
)
def test_real_cig(code):
    assert cig.check_cig(code) is None


@pytest.mark.parametrize(
    ("code", "why"),
    [("", "length"), ("BA9F67DF4", "length"), ("BA9F67DF49", "check"), ("7564700BEA", "check"), ("0000000000", "format"),
     ("BA9F67DFG8", "format"), ("\u0661234567890"[:10], "format")],
)
def test_wrong_cig(code, why):
    assert cig.check_cig(code) == why


def test_smartcig():
    base = 0x1234567
    good = f"Z{base * 211 % 251:02X}{base:07X}"
    assert cig.check_cig(good) is None
    assert cig.check_cig(f"Z{(base * 211 + 1) % 251:02X}{base:07X}") == "check"


def test_every_single_digit_error_of_a_numeric_cig_is_found():
    for position in range(7):
        for digit in "0123456789":
            wrong = "7564700BE9"[:position] + digit + "7564700BE9"[position + 1:]
            assert (cig.check_cig(wrong) is None) == (wrong == "7564700BE9")


def test_cup():
    assert cig.check_cup("J29D24000270001") is None
    assert cig.check_cup("J29D2400027000") == "length"
    assert cig.check_cup("129D24000270001") == "format"
