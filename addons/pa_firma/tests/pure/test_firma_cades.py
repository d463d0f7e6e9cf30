"""CMS and CAdES files made with openssl, or changed by hand."""

import base64

import pytest
from asn1crypto import algos, cms, core
from by_hand import CF, Authority, openssl
from by_hand import cms as sign
from cms_by_hand import CONTENT, add_unsigned, value_of
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pa_firma_tools import words


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa")


@pytest.fixture(scope="module")
def ada(ca):
    return ca.issue("Ada Neri", serial="IT:NREDAA70A41H501X", kind="ec")


def test_attached(check, mario):
    report, reasons = check(sign(CONTENT, mario), original=CONTENT)
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]
    assert (facts["format"], facts["level"], facts["integrity"]) == ("CAdES", "B-B", True)
    assert (facts["signer"], facts["codice_fiscale"]) == ("Mario Rossi", CF)
    assert facts["covers_whole_file"] and facts["later_changes"] == "none" and facts["key_usage_ok"]
    assert facts["certificate_valid"] and facts["signing_time"] and facts["timestamp"] is None


@pytest.mark.parametrize("form", ["base64", "base64 lines", "pem", "indefinite"])
def test_other_encodings(check, mario, form):
    if form == "indefinite":
        data = sign(CONTENT, mario, options=("-nodetach", "-cades", "-stream", "-indef"))
        assert data[:2] == b"\x30\x80"
    elif form == "pem":
        data = openssl(
            "cms", "-sign", "-binary", "-nodetach", "-cades", "-outform", "PEM", "-md", "sha256",
            "-signer", mario.cert_file, "-inkey", mario.key_file, stdin=CONTENT,
        )  # fmt: skip
    else:
        data = base64.b64encode(sign(CONTENT, mario))
        data = data if form == "base64" else b"\r\n".join(data[i : i + 64] for i in range(0, len(data), 64))
    report, reasons = check(data, original=CONTENT)
    assert report["verdict"] == "valid" and not reasons


def test_nested(check, mario, ada):
    report, reasons = check(sign(sign(CONTENT, mario), ada), original=CONTENT)
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]
    assert [facts["signer"] for facts in report["signatures"]] == ["Ada Neri", "Mario Rossi"]


def _pem(data, header):
    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (header, base64.encodebytes(data), header)


@pytest.mark.parametrize("header", [b"CMS", b"PKCS7", b"PKCS #7 SIGNED DATA"])
def test_every_pem_header(check, mario, header):
    report, reasons = check(_pem(sign(CONTENT, mario), header))
    assert report["verdict"] == "valid" and not reasons


@pytest.mark.parametrize("form", ["base64 twice", "base64 of pem"])
def test_armour_inside_armour(check, mario, form):
    signed = sign(CONTENT, mario)
    inner = base64.b64encode(signed) if form == "base64 twice" else _pem(signed, b"CMS")
    report, reasons = check(base64.encodebytes(inner))
    assert report["verdict"] == "valid" and not reasons
    assert len(report["signatures"]) == 1


def test_text_after_a_pem_block_is_not_signed(check, mario):
    report, reasons = check(_pem(sign(CONTENT, mario), b"CMS") + b"Importo: 900.000 euro\n")
    assert report["verdict"] == "not_valid" and reasons == {"malformed"}
    assert "nobody signed" in report["reasons"][0]["detail"] and "nessuno ha firmato" in words.render(report, "it")


@pytest.mark.parametrize("above", [b"subject=CN = Mario Rossi\n\n", b"Bag Attributes\n    localKeyID: 01\n"])
def test_text_above_a_pem_block_is_not_signed(check, mario, above):
    """Some programs write it: the signatures are told, and that nobody signed the text."""
    block = _pem(sign(CONTENT, mario), b"CMS")
    report, reasons = check(above + block, original=CONTENT)
    assert report["verdict"] == "undetermined" and reasons == {"text_around"}
    assert [facts["verdict"] for facts in report["signatures"]] == ["valid"] and report["matches_original"]
    assert "nessuno ha firmato" in words.render(report, "it")
    assert check(above + _pem(_altered(sign(CONTENT, mario)), b"CMS"))[1] == {"text_around", "altered"}


def test_other_text_with_blocks_is_no_signed_document(check, mario):
    block = _pem(sign(CONTENT, mario), b"CMS")
    for data in (b"Determina\n" + mario.pem, b"Determina\n" + block + block, b"Determina\n" + block + b"Importo\n", b"Determina " + block):
        report, reasons = check(data)
        assert report["verdict"] == "not_valid" and reasons == {"unknown_format"} and not report["signatures"]


def test_inner_signature_not_valid_spoils_the_outer(check, mario, ada):
    report, reasons = check(sign(_altered(sign(CONTENT, mario)), ada))
    assert report["verdict"] == "not_valid" and "altered" in reasons
    assert [facts["verdict"] for facts in report["signatures"]] == ["valid", "not_valid"]


def test_nested_too_deep(check, mario):
    data = CONTENT
    for _level in range(8):
        data = sign(data, mario)
    report, reasons = check(data)
    assert report["verdict"] != "valid" and "nested" in reasons


def _altered(data, old=b"100,00", new=b"900,00"):
    assert old in data
    return data.replace(old, new, 1)


def test_altered_content(check, mario):
    report, reasons = check(_altered(sign(CONTENT, mario)))
    assert report["verdict"] == "not_valid" and reasons == {"altered"}
    assert report["signatures"][0]["integrity"] is False


def test_detached(check, mario):
    data = sign(CONTENT, mario, options=("-cades",))
    assert check(data, original=CONTENT)[0]["verdict"] == "valid"
    report, reasons = check(data, original=CONTENT + b"x")
    assert report["verdict"] == "not_valid" and "altered" in reasons
    report, reasons = check(data)
    assert report["verdict"] == "undetermined" and reasons == {"detached"}
    assert report["signatures"][0]["signer"] == "Mario Rossi"


def test_another_document(check, mario):
    report, reasons = check(sign(CONTENT, mario), original=CONTENT + b"x")
    assert report["verdict"] == "not_valid" and reasons == {"other_document"}


def test_parallel_signatures_each_by_itself(check, mario, ada):
    data = sign(CONTENT, mario, ada)
    report, reasons = check(data)
    assert report["verdict"] == "valid" and not reasons
    assert {facts["signer"] for facts in report["signatures"]} == {"Mario Rossi", "Ada Neri"}
    broken, reasons = check(_spoil_one(data, ada))
    assert broken["verdict"] == "not_valid" and reasons == {"cryptography"}
    verdicts = {facts["signer"]: facts["verdict"] for facts in broken["signatures"]}
    assert verdicts == {"Mario Rossi": "valid", "Ada Neri": "not_valid"}


def _spoil_one(data, signer):
    """The signature value of one of the signers, changed."""
    info = cms.ContentInfo.load(data)
    for item in info["content"]["signer_infos"]:
        if item["sid"].chosen["serial_number"].native == signer.cert.serial_number:
            value = bytearray(item["signature"].native)
            value[-1] ^= 1
            return data.replace(item["signature"].native, bytes(value))
    raise AssertionError


def test_different_authorities_do_not_vouch_for_each_other(check, mario, tmp_path):
    stranger = Authority(tmp_path, "Radice estranea").issue("Eva Blu")
    report, reasons = check(sign(CONTENT, mario, stranger))
    assert report["verdict"] == "undetermined" and reasons == {"untrusted"}


def test_plain_cms_is_not_called_cades(check, mario):
    report, _reasons = check(sign(CONTENT, mario, options=("-nodetach",)))
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and facts["format"] == "CMS"
    assert "not_baseline" in {item["code"] for item in facts["warnings"]}


def test_without_signed_attributes(check, mario):
    report, _reasons = check(sign(CONTENT, mario, options=("-nodetach", "-noattr")))
    assert report["verdict"] == "valid"
    assert "no_attributes" in {item["code"] for item in report["signatures"][0]["warnings"]}


def test_signed_attributes_passed_off_as_content(check, mario):
    """The attack on CMS: the attributes that Mario signed become a "document" that he never saw."""
    info = cms.ContentInfo.load(sign(CONTENT, mario))
    signed = info["content"]
    signer = signed["signer_infos"][0]
    forged = cms.SignerInfo({
        name: signer[name]
        for name in ("version", "sid", "digest_algorithm", "signature_algorithm", "signature")
    })  # fmt: skip
    signed["encap_content_info"] = {"content_type": "data", "content": signer["signed_attrs"].untag().dump()}
    signed["signer_infos"] = [forged]
    report, reasons = check(info.dump(force=True))
    assert report["verdict"] != "valid" and reasons == {"ambiguous"}


def countersign(data, signer):
    """A countersignature built by hand (RFC 5652, 11.4)."""
    covered = value_of(data)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(covered)
    attrs = cms.CMSAttributes([cms.CMSAttribute({"type": "message_digest", "values": [core.OctetString(digest.finalize())]})])
    value = signer.key.sign(attrs.dump(), padding.PKCS1v15(), hashes.SHA256())
    issued = cms.CertificateChoices.load(signer.der).chosen
    info = cms.SignerInfo({
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", {"issuer": issued.issuer, "serial_number": issued.serial_number}),
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
        "signed_attrs": attrs,
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        "signature": value,
    })  # fmt: skip
    whole = cms.ContentInfo.load(add_unsigned(data, ("counter_signature", [info])))
    certs = list(whole["content"]["certificates"]) + [cms.CertificateChoices.load(signer.der)]
    whole["content"]["certificates"] = certs
    return whole.dump()


def test_countersignature(check, ca, mario):
    other = ca.issue("Segretario Bianchi", serial="TINIT-BNCMRA70A01H501V", kind="rsa")
    data = countersign(sign(CONTENT, mario), other)
    report, reasons = check(data)
    assert report["verdict"] == "valid" and not reasons
    assert [facts["signer"] for facts in report["signatures"]] == ["Mario Rossi", "Segretario Bianchi"]
    assert report["signatures"][1]["countersigns"] == report["signatures"][0]["field"]
    value = cms.ContentInfo.load(data)["content"]["signer_infos"][0]["unsigned_attrs"][0]["values"][0]["signature"].native
    broken = data.replace(value, bytes(len(value) - 1) + b"\1")
    report, reasons = check(broken)
    assert report["verdict"] == "not_valid" and reasons == {"cryptography"}


def test_bytes_after_the_signature(check, mario):
    report, reasons = check(sign(CONTENT, mario) + b"altro")
    assert report["verdict"] == "not_valid" and reasons == {"trailing"}


def test_truncated_and_not_signed(check, mario):
    data = sign(CONTENT, mario)
    for size in (1, 5, 60, len(data) // 2, len(data) - 1):
        assert check(data[:size])[0]["verdict"] == "not_valid"
    empty = openssl("crl2pkcs7", "-nocrl", "-certfile", mario.cert_file, "-outform", "DER")
    report, reasons = check(empty)
    assert report["verdict"] == "not_valid" and reasons == {"unsigned"}


def test_encrypted_envelope(check, mario):
    data = openssl("cms", "-encrypt", "-aes256", "-outform", "DER", mario.cert_file, stdin=CONTENT)
    report, reasons = check(data)
    assert report["verdict"] == "undetermined" and reasons == {"unsupported"}


def test_every_flipped_byte_of_the_signed_part_is_seen(check, mario):
    data = sign(CONTENT, mario)
    signer = cms.ContentInfo.load(data)["content"]["signer_infos"][0]
    for part in (CONTENT, signer["signed_attrs"].dump(), signer["signature"].native):
        start = data.index(part)
        for position in range(start, start + len(part), len(part) // 10):
            broken = data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :]
            assert check(broken)[0]["verdict"] != "valid", position


def test_openssl_agrees(ca, check, mario, tmp_path):
    """The same files, asked to openssl: the same answers."""
    good = sign(CONTENT, mario)
    for data, expected in ((good, 0), (_altered(good), 4)):
        (tmp_path / "x.p7m").write_bytes(data)
        words = ("cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "x.p7m", "-CAfile", ca.root.cert_file)
        openssl(*words, "-purpose", "any", "-out", "/dev/null", check=not expected)
        assert (check(data)[0]["verdict"] == "valid") == (expected == 0)
