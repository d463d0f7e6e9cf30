"""What was made faster reads exactly what pyHanko reads."""

import random
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from pa_firma_tools import fast_hex, pades, pdf_guard, sandbox, sandbox_pool
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


def test_files_verified_at_once_do_not_wait_for_each_other(monkeypatch, pdf, pki):
    """Two helpers at most here, both used; a third question waits its turn and is answered."""
    signer = pades.load_key_file(pki.issue("Mario Rossi", "RSSMRA70A01H501S", "x", kind="ec"), "x")
    data = pades.sign_pdf(pdf, signer)
    sandbox_pool.close()
    monkeypatch.setattr(sandbox_pool, "LIMIT", 2)
    with ThreadPoolExecutor(6) as threads:
        reports = list(threads.map(lambda _n: sandbox.verify_pdf(data, original=pdf, trust=[pki.root_pem]), range(12)))
    assert [report["verdict"] for report in reports] == ["valid"] * 12
    assert len(sandbox_pool._idle) == 2
    assert not sandbox_pool._busy


def test_a_helper_that_fails_takes_nobody_with_it(monkeypatch, pdf):
    sandbox_pool.close()
    monkeypatch.setattr(sandbox_pool, "_HELPER", sandbox.__file__)  # ends at once
    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(lambda _n: sandbox.verify_pdf(pdf), range(8)))
    assert {report["verdict"] for report in reports} == {"undetermined"}
    assert not sandbox_pool._idle
    assert not sandbox_pool._busy
    monkeypatch.undo()
    assert sandbox.verify_pdf(pdf)["reasons"][0]["code"] == "unsigned"
