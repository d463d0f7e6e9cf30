"""Preparing in a process of its own: a hostile PDF neither hangs nor brings down who signs, and the key stays here."""

import json
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pikepdf
import pytest
import weasyprint
from pa_firma_tools import mark, pades, prepare, sandbox, sandbox_pool, two_phase, verify
from pa_firma_tools.errors import FirmaError

MARK = mark.Mark(lines=("Firmato da Mario Rossi", "Responsabile"), address="https://atti.example/firma/" + "0" * 32)


def _signed(prepared, signer, request):
    [signature] = signer.sign_each([prepared.to_sign])
    return two_phase.finish_pdf(two_phase.Prepared.loads(prepared.dumps(), prepared.given), signature, request)


@pytest.mark.parametrize("shown", [None, MARK])
def test_same_as_in_this_process(pdf, mario, pki, tsa, shown):
    request = pades.SignatureRequest(tsa_url=tsa.url, mark=shown, name="Mario Rossi", reason="Determina", location="Prova")
    made = [way(pdf, mario.signing_cert, mario.chain, request) for way in (prepare.prepare_pdf, two_phase.prepare_pdf)]
    for prepared in made:
        signed = _signed(prepared, mario, request)
        report = verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])
        assert report["verdict"] == "valid" and report["matches_original"], report["reasons"]
    assert abs(len(made[0].tail) - len(made[1].tail)) < 200 and (b"/QRCode" in made[0].tail) == (b"/QRCode" in made[1].tail)


def test_neither_the_key_nor_the_address_of_the_authority_goes_there(pdf, mario, tsa, monkeypatch):
    sent = []
    monkeypatch.setattr(sandbox, "prepare", lambda *args: sent.append(args) or {"error": "x", "detail": ""})
    with pytest.raises(FirmaError):
        prepare.prepare_pdf(pdf, mario.signing_cert, mario.chain, pades.SignatureRequest(tsa_url=tsa.url, name="Mario"))
    [(data, asked, drawing, *_limits)] = sent
    assert (data, drawing) == (pdf, None) and tsa.url.encode() not in asked
    assert set(json.loads(asked)) == {"name", "reason", "location", "max_bytes", "certificates"}


def _active(pdf):
    with pikepdf.open(BytesIO(pdf)) as document:
        document.Root.AA = pikepdf.Dictionary()
        output = BytesIO()
        document.save(output)
    return output.getvalue()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda pdf: _active(pdf), "active_content"),
        (lambda pdf: b"%PDF-1.7\n" + bytes(500) + b"%%EOF", "malformed"),
        (lambda pdf: pdf[:-100], "truncated"),
        (lambda pdf: b"", "empty"),
    ],
)
def test_refusals_are_told(pdf, mario, change, code):
    with pytest.raises(FirmaError) as refusal:
        prepare.prepare_pdf(change(pdf), mario.signing_cert)
    assert refusal.value.code == code


def _slow():
    """A document whose objects are in a stream that swells to more than half a gigabyte."""
    packer = zlib.compressobj(1)
    raw = packer.compress(b"1 0 ") + b"".join(packer.compress(bytes(1 << 20)) for _megabyte in range(600)) + packer.flush()
    body = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length "
    body += str(len(raw)).encode() + b" >>\nstream\n" + raw + b"\nendstream\nendobj\n"
    table = bytes([2, 0, 0, 0, 1, 0])  # object 2, the catalog, is in that stream
    entries = zlib.compress(bytes([0, 0, 0, 0, 0, 255]) + bytes([1, 0, 0, 0, 15, 0]) + table)
    start = len(body)
    body += b"3 0 obj\n<< /Type /XRef /Size 3 /W [1 4 1] /Root 2 0 R /Filter /FlateDecode /Length "
    return body + str(len(entries)).encode() + b" >>\nstream\n" + entries + b"\nendstream\nendobj\nstartxref\n" + str(start).encode() + b"\n%%EOF\n"


def test_what_asks_for_too_much_is_refused_in_time(pdf, mario):
    bomb, begun = _slow(), time.monotonic()
    with pytest.raises(FirmaError) as refusal:
        prepare.prepare_pdf(bomb, mario.signing_cert, seconds=4, memory=512 << 20)
    assert refusal.value.code in ("limits", "malformed") and time.monotonic() - begun < 12
    assert prepare.prepare_pdf(pdf, mario.signing_cert).to_sign, "the next one finds everything in order"


def test_a_process_that_dies_is_a_refusal(pdf, mario, monkeypatch):
    monkeypatch.setattr(sandbox_pool.Helper, "ask", lambda self, *_args: self.process.kill() or _died())
    with pytest.raises(FirmaError) as refusal:
        prepare.prepare_pdf(pdf, mario.signing_cert)
    assert refusal.value.code == "isolation"
    monkeypatch.undo()
    assert prepare.prepare_pdf(pdf, mario.signing_cert).to_sign


def _died():
    raise EOFError


@pytest.mark.parametrize("forge", ["tail", "to_sign", "hole"])
def test_what_comes_back_is_checked_before_a_key_signs_it(pdf, mario, monkeypatch, forge):
    """Should a document take over the process that reads it, what it prepared would be of nothing else than itself."""
    real = sandbox.prepare

    def forged(*args):
        found = real(*args)
        other = real(weasyprint.HTML(string="<p>altro").write_pdf(pdf_variant="pdf/a-2u"), *args[1:])
        return found | {forge: [9, 20] if forge == "hole" else other[forge] if forge == "to_sign" else "AAAA" + found["tail"]}

    monkeypatch.setattr(sandbox, "prepare", forged)
    with pytest.raises(FirmaError) as refusal:
        prepare.prepare_pdf(pdf, mario.signing_cert, mario.chain)
    assert refusal.value.code == "prepared_other"


def test_several_at_once(pdf, mario):
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _n: prepare.prepare_pdf(pdf, mario.signing_cert, mario.chain), range(8)))
    assert len(made) == 8 and all(item.to_sign for item in made)
