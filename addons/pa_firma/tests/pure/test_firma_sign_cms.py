"""CAdES as produced here, judged by our verification and by openssl."""

import subprocess

import pytest
from pa_firma_tools import document, pades, sign_cms
from pa_firma_tools.errors import FirmaError

TEXT = "Determina n. 1: si impegna la somma di € 100,00".encode()


@pytest.mark.parametrize("timestamped", [True, False])
def test_attached(mario, pki, tsa, timestamped):
    request = pades.SignatureRequest(tsa_url=tsa.url if timestamped else "")
    report = document.verify_document(sign_cms.sign_cms(TEXT, mario, request), original=TEXT, trust=[pki.root_pem])
    facts = report["signatures"][0]
    assert report["verdict"] == "valid", report["reasons"]
    assert (facts["format"], facts["level"]) == ("CAdES", "B-T" if timestamped else "B-B")


def test_detached(mario, pki, tsa):
    signature = sign_cms.sign_cms(TEXT, mario, pades.SignatureRequest(tsa_url=tsa.url), detached=True)
    assert TEXT not in signature
    report = document.verify_document(signature, original=TEXT, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]
    assert document.verify_document(signature, original=TEXT + b".", trust=[pki.root_pem])["verdict"] == "not_valid"


@pytest.mark.parametrize("detached", [True, False])
def test_openssl_agrees(mario, pki, tmp_path, detached):
    (tmp_path / "s").write_bytes(sign_cms.sign_cms(TEXT, mario, detached=detached))
    (tmp_path / "content").write_bytes(TEXT)
    (tmp_path / "root.pem").write_bytes(pki.root_pem)
    content = ["-content", "content"] if detached else []
    command = ["openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", "s", *content]
    command += ["-CAfile", "root.pem", "-purpose", "any", "-out", "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == TEXT


def test_refusals(mario):
    for data, options in ((b"", {}), (b"xx", {"max_bytes": 1}), (b"x", {"tsa_url": "http://127.0.0.1:9/", "tsa_timeout": 1})):
        with pytest.raises(FirmaError):
            sign_cms.sign_cms(data, mario, pades.SignatureRequest(**options))
