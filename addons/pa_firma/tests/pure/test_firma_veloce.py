"""What was made faster reads exactly what pyHanko reads."""

import random
import re
import reprlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pikepdf
import pytest
from pa_firma_tools import (
    fast_hex,
    object_streams,
    pades,
    pdf_guard,
    sandbox,
    sandbox_pool,
    two_phase,
)
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfStreamError
from pyhanko.pdf_utils.reader import PdfFileReader

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
        data = b"<" + bytes(
            random.choices(b"0123456789abcdefABCDEF>>% \n\r<xg", k=random.randrange(700))
        )
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
        reports = list(
            threads.map(
                lambda _n: sandbox.verify_pdf(data, original=pdf, trust=[pki.root_pem]), range(12)
            )
        )
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


def _packed(change=lambda raw: raw):
    """A PDF whose objects are in an object stream, read one by one."""
    out = BytesIO()
    with pikepdf.new() as document:
        document.Root.Numeri = document.make_indirect(
            [document.make_indirect({"/Quale": n}) for n in range(40)]
        )
        document.save(
            out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=False
        )
    return change(out.getvalue())


def _objects(data, strict):
    reader = PdfFileReader(BytesIO(data), strict=strict)
    found = []
    for number in range(1, 60):
        try:
            found.append(
                re.sub(
                    " at 0x[0-9a-f]+",
                    "",
                    repr(reader.get_object(generic.Reference(number, 0, reader))),
                )
            )
        except Exception as error:
            found.append(f"{type(error).__name__} {error}")
    return found


def test_object_streams_are_read_as_before():
    """Whole, and with every byte of the list and of the first objects spoiled."""
    whole = _packed()
    start = whole.index(b"stream", whole.index(b"/ObjStm")) + 7
    spoiled = [
        whole[:place] + char + whole[place + 1 :]
        for place in range(start, start + 330, 3)
        for char in (b"9", b"-", b"%", b" ")
    ]
    for data in (whole, *spoiled):
        for strict in (True, False):
            mine = _objects(data, strict)
            with object_streams.without():
                assert mine == _objects(data, strict)
    assert sum("/Quale" in item for item in _objects(whole, strict=True)) == 40


def test_the_list_of_a_stream_is_read_once(monkeypatch):
    calls = []
    monkeypatch.setattr(object_streams, "_original", lambda *_args: calls.append(1))
    assert sum("/Quale" in item for item in _objects(_packed(), strict=True)) == 40 and not calls


def test_what_is_prepared_is_not_written_out_as_text(monkeypatch, pdf, mario):
    """asyncio.run describes the task when it ends, its result included: half a second for thirty megabytes."""
    described = []
    monkeypatch.setattr(
        reprlib.Repr, "repr_bytes", lambda *_args: described.append(1) or "", raising=False
    )
    two_phase.prepare_pdf(pdf, mario.signing_cert, mario.chain)
    assert not described
