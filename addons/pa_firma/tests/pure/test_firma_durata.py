"""Signatures that outlive their certificates: extended after signing, renewed before the authority expires.

The certificates are made by hand so that the verdict at each date follows from their dates.
"""

import re
import subprocess
from types import SimpleNamespace

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from by_hand import DAY, NOW, Authority, openssl
from cryptography.x509.oid import ExtendedKeyUsageOID
from pa_firma_tools import long_term, pades, verify
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import LoopbackTsa
from test_firma_revoca import make_crl, make_ocsp

HOUR = DAY / 24


@pytest.fixture(scope="module")
def issuer(ca):
    return ca.issue_ca()


@pytest.fixture(scope="module")
def mario(ca, issuer):
    return ca.issue(issuer=issuer, end=NOW + 30 * DAY)


@pytest.fixture(scope="module")
def authorities(ca):
    """(dying, lasting): timestamp authorities on loopback, one whose certificate ends in twenty days."""
    with _authority(ca.issue_tsa(kind="rsa", end=NOW + 20 * DAY)) as dying, _authority(ca.issue_tsa(kind="rsa")) as lasting:
        yield dying, lasting


def _authority(pair):
    return LoopbackTsa(SimpleNamespace(tsa=pair.cert, tsa_key=pair.key))


def _signer(pair, *chain):
    certs = [asn1_x509.Certificate.load(item.der) for item in (pair, *chain)]
    return pades.KeyFileSigner(key=pair.key, cert=certs[0], chain=certs[1:])


@pytest.fixture(scope="module")
def signed(pdf, mario, issuer, authorities):
    return pades.sign_pdf(pdf, _signer(mario, issuer), pades.SignatureRequest(tsa_url=authorities[0].url))


@pytest.fixture(scope="module")
def evidence(ca, issuer):
    """As if fetched an hour after the signature: lists of both authorities."""
    lists = [make_crl(item, issued=NOW + HOUR) for item in (ca.root, issuer)]
    return {"crls": lists, "ocsps": [], "certs": []}


@pytest.fixture
def extend(ca, evidence, authorities):
    def run(data, level, given=evidence, tsa=authorities[0].url, **options):
        return long_term.extend(data, given, [ca.root.pem], level, tsa, **options)

    return run


@pytest.fixture
def check(ca, pdf):
    def run(data, at=None):
        return verify.verify_pdf(data, original=pdf, trust=[ca.root.pem], at=at)

    return run


@pytest.mark.parametrize(("level", "stamps"), [("B-T", 0), ("B-LT", 0), ("B-LTA", 1)])
def test_level_is_reached_after_signing(signed, extend, check, level, stamps):
    data = extend(signed, level)
    report = check(data)
    assert data.startswith(signed) and report["verdict"] == "valid" and report["matches_original"], report["reasons"]
    facts, *later = report["signatures"]
    assert (facts["level"], len(later)) == (level, stamps)
    assert ("revocation" in {item["code"] for item in facts["warnings"]}) == (level == "B-T")


def test_renewed_before_the_authority_expires(ca, signed, extend, check, authorities):
    """The signer's certificate ends after 30 days, the first authority's after 20; at 60 only the renewal proves the time."""
    kept, root = extend(signed, "B-LTA"), [ca.root.pem]
    assert long_term.last_stamp(kept, root).until == NOW + 20 * DAY
    renewed = extend(kept, "B-LTA", tsa=authorities[1].url)
    stamp = long_term.last_stamp(renewed, root)
    assert renewed.startswith(kept) and stamp.until == NOW + 3000 * DAY and (stamp.digest, stamp.key) == ("sha256", "rsa 2048")
    for data in (kept, renewed):
        assert check(data, NOW + 10 * DAY)["verdict"] == "valid"
    report = check(renewed, NOW + 60 * DAY)
    assert report["verdict"] == "valid", report["reasons"]
    assert [facts["level"] for facts in report["signatures"]][0] == "B-LTA"
    for data in (signed, extend(signed, "B-LT"), kept):
        assert check(data, NOW + 60 * DAY)["verdict"] == "undetermined"
    assert check(renewed, NOW + 3001 * DAY)["verdict"] == "undetermined"


def test_renewal_wants_what_is_said_of_the_authority_now(ca, issuer, signed, extend, evidence):
    """Long after, the lists inside have run out: a renewal proves anew that the last authority was not revoked."""
    kept, moment = extend(signed, "B-LTA"), NOW + 15 * DAY
    old = {"crls": [make_crl(item, issued=NOW + HOUR, until=NOW + DAY) for item in (ca.root, issuer)]}
    kept_on_old = extend(signed, "B-LTA", old)
    assert [len(long_term.certificates_to_prove(item, [ca.root.pem])) for item in (signed, kept)] == [3, 1]
    with pytest.raises(FirmaError) as refusal:
        extend(kept_on_old, "B-LTA", {}, at=moment)
    assert refusal.value.code == "revocation_missing"
    fresh = make_crl(ca.root, issued=moment - HOUR)
    assert extend(kept_on_old, "B-LTA", {"crls": [fresh]}, at=moment)


def test_renewed_many_times(signed, extend, check, authorities):
    data = extend(signed, "B-LTA")
    for _time in range(3):
        data = extend(data, "B-LTA", tsa=authorities[1].url)
    report = check(data)
    assert report["verdict"] == "valid" and len(report["signatures"]) == 5


def test_too_late(ca, signed, extend, authorities):
    kept = extend(signed, "B-LTA")
    with pytest.raises(FirmaError) as refusal:
        extend(kept, "B-LTA", tsa=authorities[1].url, at=NOW + 21 * DAY)
    assert refusal.value.code == "expired"


def test_lists_older_than_the_signature_say_nothing_of_it(ca, issuer, signed, extend):
    """A card revoked this morning is not in yesterday's list: it waits for the next one."""
    before = {"crls": [make_crl(item, issued=NOW - HOUR) for item in (ca.root, issuer)]}
    with pytest.raises(FirmaError) as refusal:
        extend(signed, "B-LT", before)
    assert refusal.value.code == "revocation_missing" and "Mario Rossi" in refusal.value.detail


@pytest.mark.parametrize("direct", [True, False])
def test_ocsp(ca, issuer, mario, signed, extend, check, evidence, direct):
    usage = {"usages": ("digital_signature",), "extended": [ExtendedKeyUsageOID.OCSP_SIGNING], "serial": ""}
    responder = None if direct else ca.issue("Risponditore", issuer=issuer, **usage)
    answer = make_ocsp(mario, issuer, responder=responder, issued=NOW + HOUR)
    given = {"crls": evidence["crls"][:1], "ocsps": [answer]}
    report = check(extend(signed, "B-LTA", given))
    assert report["verdict"] == "valid" and report["signatures"][0]["level"] == "B-LTA", report["reasons"]
    assert report["signatures"][0]["revocation"] == "good"


def test_revoked(ca, issuer, mario, signed, extend, check):
    """Before the proved time: it is never made to last. Later: the list itself proves that it was good when it signed."""
    root = make_crl(ca.root, issued=NOW + HOUR)
    before = {"crls": [root, make_crl(issuer, [(mario, NOW - HOUR, None)], issued=NOW + HOUR)]}
    with pytest.raises(FirmaError) as refusal:
        extend(signed, "B-LT", before)
    assert refusal.value.code == "revoked"
    after = {"crls": [root, make_crl(issuer, [(mario, NOW + HOUR / 2, None)], issued=NOW + HOUR)]}
    report = check(extend(signed, "B-LT", after))
    assert report["verdict"] == "valid" and report["signatures"][0]["revocation"] == "revoked_later"


def test_signed_elsewhere_without_a_timestamp(pdf, mario, issuer, extend, check):
    """A document timestamp gives the time that the signature lacks."""
    bare = pades.sign_pdf(pdf, _signer(mario, issuer))
    assert [check(extend(bare, level))["signatures"][0]["level"] for level in ("B-T", "B-LT", "B-LTA")] == ["B-T", "B-LT", "B-LTA"]
    assert check(extend(bare, "B-LTA"))["verdict"] == "valid"


def test_two_signers_and_a_third_after(ca, issuer, pdf, signed, extend, check, authorities):
    request = pades.SignatureRequest(tsa_url=authorities[0].url)
    ada = _signer(ca.issue("Ada Neri", serial="TINIT-NREDAA70A41H501X", issuer=issuer), issuer)
    kept = extend(pades.sign_pdf(signed, ada, request), "B-LTA")
    report = check(kept)
    assert report["verdict"] == "valid" and [s["level"] for s in report["signatures"]] == ["B-LTA", "B-LTA", ""]
    third = pades.sign_pdf(kept, ada, request)
    assert long_term.last_stamp(third, [ca.root.pem]) is None
    report = check(third)
    assert report["verdict"] == "valid", report["reasons"]
    assert [s["level"] for s in check(extend(third, "B-LTA"))["signatures"] if s["signer"] == "Ada Neri"] == ["B-LTA"] * 2


def test_refusals(pdf, signed, extend, evidence, tmp_path):
    for data, options, code in (
        (signed, {"tsa": "http://127.0.0.1:9/", "level": "B-LTA", "timeout": 1}, "timestamp"),
        (signed, {"tsa": "", "level": "B-LTA"}, "no_authority"),
        (signed, {"given": {}, "level": "B-LT"}, "revocation_missing"),
        (pdf, {"level": "B-LT"}, "unsigned"),
        (b"", {"level": "B-LT"}, "empty"),
        (signed, {"level": "B-X"}, "level"),
    ):
        with pytest.raises(FirmaError) as refusal:
            extend(data, **options)
        assert refusal.value.code == code
    with pytest.raises(FirmaError) as refusal:
        long_term.extend(signed, evidence, [Authority(tmp_path).root.pem], "B-LT")
    assert refusal.value.code == "untrusted"


@pytest.mark.parametrize(("digest", "key", "said"), [("sha1", "rsa 2048", True), ("sha256", "rsa 1024", True), ("sha256", "rsa 2048", False), ("sha512", "ec 256", False)])
def test_weakened_algorithms(digest, key, said):
    assert bool(long_term.weak(digest, key)) is said


def test_other_programs_agree(ca, signed, extend, authorities, tmp_path):
    """poppler on the signature, qpdf on the file, openssl on each document timestamp over the bytes of its ranges."""
    path, data = tmp_path / "x.pdf", extend(extend(signed, "B-LTA"), "B-LTA", tsa=authorities[1].url)
    path.write_bytes(data)
    assert subprocess.run(["qpdf", "--check", path], capture_output=True).returncode == 0
    out = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True).stdout
    assert out.count("Signature is Valid") == 1 and out.count("- Total document signed") == 1, out
    ranges = [[int(n) for n in found.split()] for found in re.findall(rb"/ByteRange \[([\d ]+)\]", data)]
    for _start, first, second, length in ranges[1:]:
        (tmp_path / "covered").write_bytes(data[:first] + data[second : second + length])
        (tmp_path / "token").write_bytes(cms.ContentInfo.load(bytes.fromhex(data[first + 1 : second - 1].decode())).dump())
        words = ("ts", "-verify", "-token_in", "-in", tmp_path / "token", "-CAfile", ca.root.cert_file, "-data")
        openssl(*words, tmp_path / "covered")
        (tmp_path / "covered").write_bytes(data[: first - 1] + b"x" + data[second : second + length])
        with pytest.raises(AssertionError):
            openssl(*words, tmp_path / "covered")


def test_it_stays_pdf_a(pdf, signed, extend):
    """Nothing that was there is written anew, metadata included; what is added are streams that open in the clear."""
    added = extend(signed, "B-LTA")[len(signed) :]
    assert b"/Metadata" not in re.sub(rb"/Metadata \d+ \d+ R", b"", added) and b"xpacket" not in added
    assert b"/LZWDecode" not in added and b"/Encrypt" not in added and b"/F 132" in added
