"""Signatures of PDFs from before PAdES, built by hand; openssl is the witness of what was signed."""

import datetime as dt
from hashlib import sha1

import pytest
from asn1crypto import core
from by_hand import DAY, NOW, openssl, signed_pdf
from by_hand import cms as sign
from pa_firma_tools import verify

THEN = dt.datetime(2009, 5, 20, 10, tzinfo=dt.timezone.utc)  # SHA-1 was admitted until 30 June 2011


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa", start=NOW - 7000 * DAY, end=NOW + 400 * DAY)


@pytest.fixture
def check(ca, codes):
    def run(data, at=THEN, trust=None):
        report = verify.verify_pdf(data, trust=[ca.root.pem] if trust is None else trust, at=at)
        return report, codes(report)

    return run


def _by_hand(pair, subfilter, value, extra=b""):
    """The file of `signed_pdf` with another signature in its hole: `value` gets the signed bytes."""
    data = signed_pdf(pair, subfilter=subfilter, options=("-nodetach",), room=8000)
    if extra:  # in the hole's own dictionary, before the range is computed: padding of the same length is replaced
        data = _with_cert(pair, subfilter, extra)
    start = data.index(b"/Contents <") + len(b"/Contents ")
    end = data.index(b">", start) + 1
    covered = data[:start] + data[end:]
    hexadecimal = value(covered).hex().encode()
    return data[: start + 1] + hexadecimal.ljust(end - start - 2, b"0") + data[end - 1 :], covered


def _with_cert(pair, subfilter, extra):
    import by_hand

    original = by_hand.cms
    by_hand.cms = lambda *_args, **_options: b""  # only the file is wanted
    try:
        return signed_pdf(pair, subfilter=subfilter + b" " + extra, options=(), room=8000)
    finally:
        by_hand.cms = original


def pkcs7_sha1(pair, *, of=None, **options):
    def value(covered):
        return sign(sha1(of or covered).digest(), pair, options=("-nodetach",), **options)

    return _by_hand(pair, b"adbe.pkcs7.sha1", value)[0]


def rsa_sha1(pair, folder, *, by=None, of=None, certs=None):
    def value(covered):
        (folder / "covered").write_bytes(of or covered)
        words = ("dgst", "-sha1", "-sign", (by or pair).key_file, folder / "covered")
        return core.OctetString(openssl(*words)).dump()

    listed = b"".join(b"<%s>" % item.der.hex().encode() for item in (certs or [pair]))
    listed = b"[" + listed + b"]" if certs else listed
    return _by_hand(pair, b"adbe.x509.rsa_sha1", value, b"/Cert " + listed)


def test_pkcs7_sha1(check, mario):
    report, reasons = check(pkcs7_sha1(mario))
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons
    assert (facts["format"], facts["level"], facts["integrity"]) == ("PDF-PKCS7-SHA1", "CMS", True)
    assert facts["signer"] == "Mario Rossi" and facts["covers_whole_file"]
    assert "weak_algorithm" in {item["code"] for item in facts["warnings"]}


@pytest.mark.parametrize("form", ["pkcs7", "rsa"])
def test_today_sha1_proves_nothing(check, mario, tmp_path, form):
    data = pkcs7_sha1(mario) if form == "pkcs7" else rsa_sha1(mario, tmp_path)[0]
    report, reasons = check(data, at=None)
    assert report["verdict"] == "undetermined" and reasons == {"weak_algorithm"}


def test_pkcs7_sha1_of_something_else(check, mario):
    report, reasons = check(pkcs7_sha1(mario, of=b"altro"))
    assert report["verdict"] == "not_valid" and reasons == {"altered"}
    assert report["signatures"][0]["integrity"] is False


@pytest.mark.parametrize("form", ["pkcs7", "rsa"])
def test_altered(check, mario, tmp_path, form):
    data = pkcs7_sha1(mario) if form == "pkcs7" else rsa_sha1(mario, tmp_path)[0]
    report, reasons = check(data.replace(b"(Determina)", b"(Determine)"))
    assert report["verdict"] == "not_valid" and "altered" in reasons


def test_rsa_sha1(check, mario, tmp_path):
    data, covered = rsa_sha1(mario, tmp_path)
    report, reasons = check(data)
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons, report["reasons"]
    assert (facts["format"], facts["integrity"], facts["signer"]) == ("PDF-X509-SHA1", True, "Mario Rossi")
    assert {"weak_algorithm", "no_attributes"} <= {item["code"] for item in facts["warnings"]}
    start = data.index(b"/Contents <") + len(b"/Contents <")
    raw = core.OctetString.load(bytes.fromhex(data[start : data.index(b">", start)].decode())).native
    (tmp_path / "raw").write_bytes(raw)
    (tmp_path / "covered").write_bytes(covered)
    (tmp_path / "pub").write_bytes(openssl("x509", "-in", mario.cert_file, "-pubkey", "-noout"))
    words = ("dgst", "-sha1", "-verify", tmp_path / "pub", "-signature", tmp_path / "raw", tmp_path / "covered")
    assert b"Verified OK" in openssl(*words)


def test_rsa_sha1_with_its_chain(check, ca, tmp_path):
    issuer = ca.issue_ca(kind="rsa", start=NOW - 7000 * DAY, end=NOW + 400 * DAY)
    luca = ca.issue("Luca Bianchi", issuer=issuer, kind="rsa", start=NOW - 7000 * DAY)
    assert check(rsa_sha1(luca, tmp_path, certs=[luca, issuer])[0])[0]["verdict"] == "valid"
    report, reasons = check(rsa_sha1(luca, tmp_path)[0])
    assert report["verdict"] == "undetermined" and reasons == {"untrusted"}


def test_rsa_sha1_by_another_key(check, ca, mario, tmp_path):
    other = ca.issue("Ada Neri", kind="rsa", start=NOW - 7000 * DAY)
    report, reasons = check(rsa_sha1(mario, tmp_path, by=other)[0])
    assert report["verdict"] == "not_valid" and reasons == {"altered"}


def test_rsa_sha1_without_certificate(check, mario, tmp_path):
    data, _covered = rsa_sha1(mario, tmp_path)
    report, reasons = check(data.replace(b"/Cert <", b"/Cort <"))
    assert report["verdict"] == "undetermined" and "no_certificate" in reasons


@pytest.mark.parametrize("junk", [b"", b"\x30\x03\x02\x01\x01", b"\x04\x02\x00\x00", b"\x00" * 50])
def test_rubbish_in_the_hole(check, mario, junk):
    data, _covered = _by_hand(mario, b"adbe.x509.rsa_sha1", lambda _covered: junk, b"/Cert <%s>" % mario.der.hex().encode())
    assert check(data)[0]["verdict"] == "not_valid"


def test_nobody_is_trusted_by_himself(check, mario, tmp_path):
    for data in (pkcs7_sha1(mario), rsa_sha1(mario, tmp_path)[0]):
        report, reasons = check(data, trust=[])
        assert report["verdict"] == "undetermined" and "untrusted" in reasons
