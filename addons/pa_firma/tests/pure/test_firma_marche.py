"""Timestamps that come as files: .tsr and .tst by openssl, .tsd, .m7m and S/MIME put together by hand."""

import base64

import pytest
from asn1crypto import cms, core
from by_hand import DAY, NOW, openssl, timestamp
from by_hand import cms as sign
from pa_firma_tools import words

CONTENT = "Delibera di Giunta n. 7: così è deciso.\n".encode() * 10


@pytest.fixture(scope="module")
def tsa(ca):
    return ca.issue_tsa()


@pytest.fixture(scope="module")
def signer(ca):
    return ca.issue(end=NOW + 10 * DAY)


@pytest.mark.parametrize("token", [False, True])
def test_detached_timestamp(check, tsa, tmp_path, token):
    data = timestamp(tsa, CONTENT, tmp_path, token=token)
    report, reasons = check(data, original=CONTENT)
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]
    assert facts["format"] == "RFC3161" and facts["timestamp"]["trusted"] and facts["signer"] == "Marche a mano"
    report, reasons = check(data, original=CONTENT + b"x")
    assert report["verdict"] == "not_valid" and "altered" in reasons
    report, reasons = check(data)
    assert report["verdict"] == "undetermined" and reasons == {"detached"} and report["signatures"][0]["timestamp"]["time"]
    assert report["signatures"][0]["integrity"] is None and report["signatures"][0]["certificate_valid"] is None
    report, reasons = check(base64.b64encode(data), original=CONTENT)
    assert report["verdict"] == "valid"


def test_timestamp_nobody_trusts(check, tsa, tmp_path):
    report, reasons = check(timestamp(tsa, CONTENT, tmp_path), original=CONTENT, trust=[])
    assert report["verdict"] == "undetermined" and reasons == {"untrusted"}


def test_certificate_not_meant_for_timestamps(check, ca, tmp_path):
    """A signing certificate with timestamps among other uses is no timestamp authority."""
    from cryptography.x509.oid import ExtendedKeyUsageOID

    both = ca.issue(usages=("digital_signature",), extended=[ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CLIENT_AUTH])
    tsa = ca.issue_tsa()
    token = cms.ContentInfo.load(timestamp(tsa, CONTENT, tmp_path, token=True))
    report, _reasons = check(token.dump(), original=CONTENT)
    assert report["verdict"] == "valid"
    forged = _resigned(token, both)
    report, reasons = check(forged, original=CONTENT)
    assert report["verdict"] != "valid" and reasons <= {"untrusted", "altered"}


def _resigned(token, pair):
    """The same time, signed by another certificate."""
    info = token["content"]["encap_content_info"]["content"].native
    inner = token["content"]["encap_content_info"]["content"].parsed.dump()
    assert info
    return openssl(
        "cms", "-sign", "-binary", "-nodetach", "-cades", "-outform", "DER", "-md", "sha256", "-econtent_type",
        "1.2.840.113549.1.9.16.1.4", "-signer", pair.cert_file, "-inkey", pair.key_file, stdin=inner,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["sha1", "sha512"])
def test_digests_of_timestamps(check, tsa, tmp_path, form):
    report, reasons = check(timestamp(tsa, CONTENT, tmp_path, digest=form), original=CONTENT)
    if form == "sha512":
        assert report["verdict"] == "valid"
    else:
        assert report["verdict"] == "undetermined" and reasons == {"untrusted"}


def _header(tag, data):
    size = len(data)
    if size < 128:
        return bytes([tag, size]) + data
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(raw)]) + raw + data


def tsd(content, *tokens, meta=b""):
    """TimeStampedData (RFC 5544) byte by byte."""
    evidence = _header(0xA0, b"".join(_header(0x30, token) for token in tokens))
    body = _header(0x02, b"\1") + meta + (_header(0x04, content) if content is not None else b"") + evidence
    oid = core.ObjectIdentifier("1.2.840.113549.1.9.16.1.31").dump()
    return _header(0x30, oid + _header(0xA0, _header(0x30, body)))


def test_tsd(check, tsa, tmp_path):
    token = timestamp(tsa, CONTENT, tmp_path, token=True)
    report, reasons = check(tsd(CONTENT, token), original=CONTENT)
    assert report["verdict"] == "valid" and not reasons and report["signatures"][0]["format"] == "TSD"
    report, reasons = check(tsd(CONTENT.replace(b"7", b"8"), token))
    assert report["verdict"] == "not_valid" and reasons == {"altered"}
    report, reasons = check(tsd(None, token), original=CONTENT)
    assert report["verdict"] == "valid"
    assert check(tsd(None, token))[1] == {"detached"}


@pytest.mark.parametrize("pieces", ["known", "endless"])
def test_tsd_in_pieces(check, tsa, tmp_path, pieces):
    """Programs that write a large document in a stream cut it."""
    token = timestamp(tsa, CONTENT, tmp_path, token=True)
    parts = b"".join(_header(4, CONTENT[at : at + 50]) for at in range(0, len(CONTENT), 50))
    string = _header(0x24, parts) if pieces == "known" else b"\x24\x80" + parts + b"\0\0"
    evidence = _header(0xA0, _header(0x30, token))
    oid = core.ObjectIdentifier("1.2.840.113549.1.9.16.1.31").dump()
    data = _header(0x30, oid + _header(0xA0, _header(0x30, b"\x02\x01\x01" + string + evidence)))
    report, reasons = check(data, original=CONTENT)
    assert report["verdict"] == "valid" and not reasons
    assert check(data + b"x")[1] == {"trailing"}


def test_answers_that_are_no_timestamp(check, tsa, tmp_path):
    data = timestamp(tsa, CONTENT, tmp_path)
    assert check(data + b"\r\n", original=CONTENT)[0]["verdict"] == "valid"
    report, reasons = check(data + b"x", original=CONTENT)
    assert report["verdict"] == "not_valid" and reasons == {"trailing"}
    report, reasons = check(bytes.fromhex("30053003020102"), original=CONTENT)  # rejection
    assert report["verdict"] == "not_valid" and reasons == {"timestamp"} and "refused" in report["reasons"][0]["detail"]


def test_tsd_with_protected_metadata(check, tsa, tmp_path):
    meta = _header(0x30, b"\x01\x01\xff" + _header(0x0C, b"delibera.txt"))
    token = timestamp(tsa, meta + CONTENT, tmp_path, token=True)
    assert check(tsd(CONTENT, token, meta=meta))[0]["verdict"] == "valid"
    changed = meta.replace(b"delibera", b"determin")
    assert check(tsd(CONTENT, token, meta=changed))[0]["verdict"] == "not_valid"


def test_tsd_proves_the_time_of_the_signature_inside(check, tsa, signer, tmp_path):
    p7m = sign(CONTENT, signer)
    later = NOW + 100 * DAY
    assert check(p7m, at=later)[0]["verdict"] == "undetermined"
    data = tsd(p7m, timestamp(tsa, p7m, tmp_path, token=True))
    report, reasons = check(data, at=later, original=CONTENT)
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]
    assert [facts["format"] for facts in report["signatures"]] == ["TSD", "CAdES"]
    assert report["signatures"][1]["proved_time"]


def test_tsd_renewed(check, ca, tsa, tmp_path):
    """The second timestamp covers the first with its envelope and saves it when its authority has expired."""
    dying = ca.issue_tsa(end=NOW + 5 * DAY)
    first = timestamp(dying, CONTENT, tmp_path, token=True)
    second = timestamp(tsa, _header(0x30, first), tmp_path, token=True)
    later = NOW + 50 * DAY
    assert check(tsd(CONTENT, first), at=later)[0]["verdict"] == "undetermined"
    report, reasons = check(tsd(CONTENT, first, second), at=later)
    assert report["verdict"] == "valid" and not reasons


def test_timestamp_beside_a_file(check, tsa, signer, tmp_path):
    p7m = sign(CONTENT, signer)
    later = NOW + 100 * DAY
    assert check(p7m, at=later, timestamp=timestamp(tsa, p7m, tmp_path))[0]["verdict"] == "valid"
    report, _reasons = check(p7m, at=later, timestamp=timestamp(tsa, b"altro", tmp_path))
    assert report["verdict"] == "undetermined" and {item["code"] for item in report["warnings"]} == {"timestamp"}


def m7m(p7m, token, newline=b"\r\n"):
    """As the Italian authorities make it: the signed file in binary, the timestamp in base64."""
    lines = [
        b"Mime-Version: 1.0",
        b'Content-Type: multipart/mixed; boundary="kpC"',
        b"",
        b"--kpC",
        b'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="d.txt.p7m"',
        b"Content-Transfer-Encoding: binary",
        b'Content-Disposition: attachment; filename="d.txt.p7m"',
        b"",
        p7m,
        b"--kpC",
        b'Content-Type: application/timestamp-reply; name="d.txt.tsr"',
        b"Content-Transfer-Encoding: base64",
        b"",
        base64.b64encode(token),
        b"--kpC--",
        b"",
    ]
    return newline.join(lines)


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_m7m(check, tsa, signer, tmp_path, newline):
    p7m = sign(CONTENT + b"\r\n--altro\n\r\n", signer)
    token = timestamp(tsa, p7m, tmp_path)
    report, reasons = check(m7m(p7m, token, newline), at=NOW + 100 * DAY)
    assert report["verdict"] == "valid" and not reasons
    assert [facts["format"] for facts in report["signatures"]] == ["M7M", "CAdES"]
    report, reasons = check(m7m(p7m.replace(b"Giunta", b"GIUNTA"), token, newline))
    assert report["verdict"] == "not_valid" and reasons == {"altered"}
    report, reasons = check(m7m(p7m, timestamp(tsa, b"altro", tmp_path), newline))
    assert report["verdict"] == "not_valid" and reasons == {"altered"}


@pytest.mark.parametrize("opaque", [True, False])
def test_smime(check, ca, signer, opaque):
    command = ["cms", "-sign", "-md", "sha256", "-cades", "-signer", signer.cert_file, "-inkey", signer.key_file]
    data = openssl(*command, *(["-nodetach"] if opaque else []), stdin=CONTENT)
    report, reasons = check(data)
    assert report["verdict"] == "valid" and not reasons
    if not opaque:
        assert check(data.replace(b"Giunta", b"GIUNTA"))[1] == {"altered"}


def test_text_that_a_list_server_adds_after_a_signed_message(check, ca, signer):
    """Not signed, and to be left out (RFC 2046, 5.1.1); the signature is told, and the message is not called false."""
    data = openssl("cms", "-sign", "-md", "sha256", "-cades", "-signer", signer.cert_file, "-inkey", signer.key_file, stdin=CONTENT)
    report, reasons = check(data + b"\r\nControllato dall'antivirus\r\n")
    assert report["verdict"] == "undetermined" and reasons == {"trailing"}
    assert [facts["verdict"] for facts in report["signatures"]] == ["valid"]
    assert "dopo il messaggio firmato" in words.render(report, "it")
    mark = data[data.index(b'boundary="') + 10 :].split(b'"')[0]
    more = b"\r\n--" + mark + b"\r\nContent-Type: text/plain\r\n\r\nSi paghi 1000000\r\n"
    report, reasons = check(data + more)
    assert report["verdict"] == "not_valid" and reasons == {"trailing"}, "a part, which programs do show"


@pytest.mark.parametrize("size", [1, 30, 200, 1000])
def test_truncated(check, tsa, tmp_path, size):
    p7m = timestamp(tsa, CONTENT, tmp_path, token=True)
    for data in (p7m, tsd(CONTENT, p7m), m7m(CONTENT, p7m)):
        assert check(data[:size], original=CONTENT)[0]["verdict"] != "valid"


def test_openssl_agrees(ca, check, tsa, tmp_path):
    data = timestamp(tsa, CONTENT, tmp_path)
    (tmp_path / "x.tsr").write_bytes(data)
    (tmp_path / "x").write_bytes(CONTENT)
    words = ("ts", "-verify", "-in", tmp_path / "x.tsr", "-CAfile", ca.root.cert_file, "-data")
    openssl(*words, tmp_path / "x")
    (tmp_path / "x").write_bytes(CONTENT + b"x")
    with pytest.raises(AssertionError):
        openssl(*words, tmp_path / "x")
    assert check(data, original=CONTENT)[0]["verdict"] == "valid"


def test_a_message_that_can_be_read_in_two_ways(check, tsa, signer, tmp_path):
    """What stands after the last part, or in a second type, other programs could take for the document."""
    p7m = sign(CONTENT, signer)
    message = m7m(p7m, timestamp(tsa, p7m, tmp_path, token=True))
    assert check(message)[0]["verdict"] == "valid" and check(message + b"\r\n")[0]["verdict"] == "valid"
    assert check(message + b"Content-Type: text/plain\r\n\r\nSi paghi 1000000\r\n")[1] == {"trailing"}
    twice = message.replace(b"Content-Type:", b"Content-Type: text/plain\r\nContent-Type:", 1)
    assert check(twice)[1] == {"malformed"}
