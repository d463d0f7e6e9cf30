import datetime as dt
import subprocess

import pytest
from pa_firma_tools import identity, pades, verify
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import demo_codice_fiscale


def test_b_t_signature_is_valid_and_names_the_person(signed, pdf, pki):
    report = verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and report["reasons"] == []
    assert (facts["format"], facts["level"], facts["integrity"]) == ("PAdES", "B-T", True)
    assert facts["codice_fiscale"] == demo_codice_fiscale("Rossi", "Mario")
    assert facts["covers_whole_file"] and facts["later_changes"] == "none" and facts["key_usage_ok"]
    assert facts["timestamp"]["trusted"] and facts["qualified_declared"] and not facts["qualified"]


def test_signing_adds_and_does_not_rewrite(signed, pdf):
    assert signed.startswith(pdf)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_both_kinds_of_key_without_timestamp(pdf, pki, kind):
    signer = pades.load_key_file(pki.issue("Ada Neri", demo_codice_fiscale("Neri", "Ada"), "pin", kind=kind), "pin")
    report = verify.verify_pdf(pades.sign_pdf(pdf, signer), original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]
    assert report["signatures"][0]["level"] == "B-B"


def test_second_signature_keeps_the_first_valid(signed, pdf, pki, tsa):
    other = pades.load_key_file(pki.issue("Ada Neri", demo_codice_fiscale("Neri", "Ada"), "x"), "x")
    twice = pades.sign_pdf(signed, other, pades.SignatureRequest(tsa_url=tsa.url))
    report = verify.verify_pdf(twice, original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid"
    assert [s["later_changes"] for s in report["signatures"]] == ["signatures", "none"]
    assert [s["signer"] for s in report["signatures"]] == ["Mario Rossi", "Ada Neri"]
    added = verify.verify_pdf(twice, original=signed, trust=[pki.root_pem])
    assert [s["added"] for s in added["signatures"]] == [False, True] and added["matches_original"]


def test_one_timestamp_request_per_signature(pdf, mario, tsa):
    before = tsa.requests
    pades.sign_pdf(pdf, mario, pades.SignatureRequest(tsa_url=tsa.url))
    assert tsa.requests == before + 1


def test_dead_timestamp_authority_refuses(pdf, mario):
    with pytest.raises(FirmaError) as refusal:
        pades.sign_pdf(pdf, mario, pades.SignatureRequest(tsa_url="http://127.0.0.1:9/tsa", tsa_timeout=1))
    assert refusal.value.code == "timestamp"


def test_wrong_password_and_wrong_file(pki):
    data = pki.issue("Ada Neri", demo_codice_fiscale("Neri", "Ada"), "right")
    for blob, password in ((data, "wrong"), (data, ""), (b"not a key", "right"), (b"", "")):
        with pytest.raises(FirmaError) as refusal:
            pades.load_key_file(blob, password)
        assert refusal.value.code == "key_file" and "right" not in str(refusal.value)


def test_expired_future_and_encryption_certificates_do_not_sign(pdf, pki):
    now = dt.datetime.now(dt.timezone.utc)
    cases = {
        "certificate_expired": {"start": now - dt.timedelta(days=800), "days": 10},
        "certificate_not_yet": {"start": now + dt.timedelta(days=2)},
        "key_usage": {"non_repudiation": False},
    }
    for code, options in cases.items():
        signer = pades.load_key_file(pki.issue("Ada Neri", demo_codice_fiscale("Neri", "Ada"), "x", **options), "x")
        with pytest.raises(FirmaError) as refusal:
            pades.sign_pdf(pdf, signer)
        assert refusal.value.code == code


def test_codice_fiscale_forms():
    cf = demo_codice_fiscale("Rossi", "Mario")
    for text in (cf, f"TINIT-{cf}", f"IT:{cf}", f"CF:IT-{cf}", f"PNOIT-{cf}", f"tinit-{cf.lower()}"):
        assert identity._from_serial_number(text) == cf
    for text in ("", None, "TINIT-12345678901", f"X{cf}", f"{cf}Y", "VATIT-12345678901"):
        assert identity._from_serial_number(text) == ""


def test_pdfsig_agrees(signed, tmp_path):
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    out = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True).stdout
    assert "Signature Validation: Signature is Valid" in out and "Total document signed" in out
    assert "ETSI.CAdES.detached" in out


def test_openssl_agrees(signed, pki, tmp_path):
    start = signed.rindex(b"/ByteRange")
    numbers = [int(n) for n in signed[start:].split(b"[", 1)[1].split(b"]", 1)[0].split()]
    hole = signed[numbers[1] + 1 : numbers[2] - 1]
    der = bytes.fromhex(hole.decode())
    size = 4 + int.from_bytes(der[2:4], "big")
    (tmp_path / "cms.der").write_bytes(der[:size])
    (tmp_path / "content").write_bytes(signed[: numbers[1]] + signed[numbers[2] :])
    (tmp_path / "root.pem").write_bytes(pki.root_pem)
    done = subprocess.run(
        "openssl cms -verify -binary -inform DER -in cms.der -content content -CAfile root.pem -purpose any -out /dev/null",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_openssl_agrees_on_the_timestamp(signed, pki, tmp_path):
    from asn1crypto import cms

    start = signed.rindex(b"/ByteRange")
    numbers = [int(n) for n in signed[start:].split(b"[", 1)[1].split(b"]", 1)[0].split()]
    der = bytes.fromhex(signed[numbers[1] + 1 : numbers[2] - 1].decode())
    info = cms.ContentInfo.load(der[: 4 + int.from_bytes(der[2:4], "big")])["content"]["signer_infos"][0]
    token = next(a for a in info["unsigned_attrs"] if a["type"].native == "signature_time_stamp_token")["values"][0]
    (tmp_path / "token.der").write_bytes(token.dump())
    (tmp_path / "signature").write_bytes(info["signature"].native)
    (tmp_path / "root.pem").write_bytes(pki.root_pem)
    command = ["openssl", "ts", "-verify", "-token_in", "-in", "token.der", "-data", "signature", "-CAfile", "root.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "Verification: OK" in done.stdout + done.stderr
