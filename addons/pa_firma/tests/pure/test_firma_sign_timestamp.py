"""Detached timestamps as made here, judged by our verification and by openssl."""

import subprocess

import pytest
from pa_firma_tools import document, sign_timestamp
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.stamper import Stamper

TEXT = "Offerta n. 1: € 100,00".encode()


def test_proves_the_time_of_the_file(pki, tsa, tmp_path):
    raw = sign_timestamp.make_timestamp(TEXT, tsa.url)
    report = document.verify_document(raw, original=TEXT, trust=[pki.root_pem])
    assert report["verdict"] == "valid" and report["signatures"][0]["proved_time"], report["reasons"]
    assert document.verify_document(raw, original=TEXT + b".", trust=[pki.root_pem])["verdict"] == "not_valid"
    (tmp_path / "t.tsr").write_bytes(raw)
    (tmp_path / "root.pem").write_bytes(pki.root_pem)
    for data, code in ((TEXT, 0), (TEXT + b".", 1)):
        (tmp_path / "data").write_bytes(data)
        command = "openssl ts -verify -data data -in t.tsr -CAfile root.pem"
        done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == code, done.stderr


@pytest.mark.parametrize("what", ["nonce", "imprint"])
def test_answer_to_another_question(tsa, monkeypatch, what):
    ask = Stamper.async_request_tsa_response

    async def exchanged(self, request):
        other = request.copy()
        if what == "nonce":
            other["nonce"] = request["nonce"].native + 1
        else:
            other["message_imprint"]["hashed_message"] = bytes(32)
        return await ask(self, other)

    monkeypatch.setattr(Stamper, "async_request_tsa_response", exchanged)
    with pytest.raises(FirmaError) as refusal:
        sign_timestamp.make_timestamp(TEXT, tsa.url)
    assert refusal.value.code == "timestamp"


@pytest.mark.parametrize(("data", "url", "code"), [(b"", "x", "empty"), (b"x", "", "no_authority"), (b"x", "http://127.0.0.1:9/", "timestamp")])
def test_refusals(data, url, code):
    with pytest.raises(FirmaError) as refusal:
        sign_timestamp.make_timestamp(data, url, timeout=1)
    assert refusal.value.code == code
