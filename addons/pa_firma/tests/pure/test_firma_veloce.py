"""What was made faster reads exactly what pyHanko reads."""

import random
from io import BytesIO

import pytest
from pa_firma_tools import fast_hex, pdf_guard
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfStreamError

WHOLE = b"<" + b"0aF9" * 40_000 + b"> 1"
CASES = [
    b"<>", b"<> tail", b"<0>", b"<00>", b"<0a0B>/Next", b"<abc>", b"< 0 1\n2 3 >", b"<0a%comment\n0b>", b"<0x>", b"<", b"<0", b"<0a0",
    b"<zz>", b"<FEFF00480049>", b"<" + b"ab" * 127 + b">", b"<" + b"ab" * 128 + b"> ", b"<" + b"ab" * 500 + b"g>", WHOLE, WHOLE[:-3],
]  # fmt: skip


def read(function, data):
    """What comes out, where the stream is left; or which error."""
    stream = BytesIO(b"before" + data)
    stream.seek(6)
    try:
        value = function(stream)
    except PdfStreamError as error:
        return str(error)
    return type(value), value, stream.tell()


@pytest.mark.parametrize("data", CASES, ids=range(len(CASES)))
def test_hexadecimal_is_read_as_before(data):
    assert read(fast_hex.read_hex_string_from_stream, data) == read(fast_hex._original, data)


def test_hexadecimal_of_any_shape():
    random.seed(19)
    for _number in range(3000):
        data = b"<" + bytes(random.choices(b"0123456789abcdefABCDEF>>% \n\r<xg", k=random.randrange(700)))
        assert read(fast_hex.read_hex_string_from_stream, data) == read(fast_hex._original, data)


def test_the_parser_uses_it():
    assert pdf_guard.fast_hex is fast_hex
    assert generic.read_hex_string_from_stream is fast_hex.read_hex_string_from_stream
    with fast_hex.without():
        assert generic.read_hex_string_from_stream is fast_hex._original
    assert generic.read_hex_string_from_stream is fast_hex.read_hex_string_from_stream
