"""A .p7m that outlives its certificates: made by openssl, extended and renewed, judged by openssl and by dates."""

from hashlib import sha256
from types import SimpleNamespace

import pytest
from asn1crypto import cms as asn1
from by_hand import DAY, NOW, cms, openssl
from cms_by_hand import CONTENT, archived, stamped, tlv
from pa_firma_tools import cms_reader, document, long_term, long_term_cms, sign_cms
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import LoopbackTsa
from test_firma_cades import countersign
from test_firma_durata import _signer
from test_firma_revoca import make_crl, make_ocsp
from xml_by_hand import INVOICE, sign

HOUR = DAY / 24
V3, V2 = "0.4.0.1733.2.4", "1.2.840.113549.1.9.16.2.48"


@pytest.fixture(scope="module")
def issuer(ca):
    return ca.issue_ca()


@pytest.fixture(scope="module")
def mario(ca, issuer):
    return ca.issue(issuer=issuer, end=NOW + 30 * DAY, kind="rsa")


@pytest.fixture(scope="module")
def authorities(ca):
    """(dying, lasting): timestamp authorities on loopback, one whose certificate ends in twenty days."""
    pairs = ca.issue_tsa(kind="rsa", end=NOW + 20 * DAY), ca.issue_tsa(kind="rsa")
    dying, lasting = (LoopbackTsa(SimpleNamespace(tsa=pair.cert, tsa_key=pair.key)) for pair in pairs)
    with dying, lasting:
        yield dying, lasting


@pytest.fixture(scope="module")
def evidence(ca, issuer):
    """As if fetched an hour after the signature: lists of both authorities."""
    return {"crls": [make_crl(item, issued=NOW + HOUR) for item in (ca.root, issuer)], "ocsps": [], "certs": []}


@pytest.fixture(scope="module")
def signed(mario, issuer):
    return cms(CONTENT, mario, certs=[issuer])


@pytest.fixture
def extend(ca, evidence, authorities):
    def run(data, level, given=evidence, tsa=authorities[0].url, **options):
        return long_term.extend(data, given, [ca.root.pem], level, tsa, **options)

    return run


@pytest.fixture
def check(ca):
    def run(data, at=None):
        return document.verify_document(data, original=CONTENT, trust=[ca.root.pem], at=at)

    return run


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_level_is_reached_after_signing(ca, signed, extend, check, level, tmp_path):
    data = extend(signed, level)
    report = check(data)
    assert report["verdict"] == "valid" and report["matches_original"], report["reasons"]
    assert report["signatures"][0]["level"] == level
    assert ("revocation" in {item["code"] for item in report["signatures"][0]["warnings"]}) == (level == "B-T")
    (tmp_path / "x.p7m").write_bytes(data)
    words = ("cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "x.p7m", "-CAfile", ca.root.cert_file, "-purpose", "any")
    assert openssl(*words) == CONTENT


def test_renewed_before_the_authority_expires(ca, signed, extend, check, authorities):
    """The signer's certificate ends after 30 days, the first authority's after 20; at 60 only the renewal proves the time."""
    kept, root = extend(signed, "B-LTA"), [ca.root.pem]
    assert long_term.last_stamp(kept, root).until == NOW + 20 * DAY
    renewed = extend(kept, "B-LTA", tsa=authorities[1].url)
    stamp = long_term.last_stamp(renewed, root)
    assert stamp.until == NOW + 3000 * DAY and (stamp.digest, stamp.key) == ("sha256", "rsa 2048")
    for data in (kept, renewed):
        assert check(data, NOW + 10 * DAY)["verdict"] == "valid"
    report = check(renewed, NOW + 60 * DAY)
    assert report["verdict"] == "valid" and report["signatures"][0]["level"] == "B-LTA", report["reasons"]
    for data in (signed, extend(signed, "B-LT"), kept):
        assert check(data, NOW + 60 * DAY)["verdict"] == "undetermined"
    assert check(renewed, NOW + 3001 * DAY)["verdict"] == "undetermined"


def test_renewed_many_times(signed, extend, check, authorities):
    data = extend(signed, "B-LTA")
    for _time in range(3):
        data = extend(data, "B-LTA", tsa=authorities[1].url)
    report = check(data)
    kinds = [item["kind"] for item in report["signatures"][0]["timestamps"] if item["trusted"]]
    assert report["verdict"] == "valid" and sorted(kinds) == ["archive"] * 4 + ["signature"]


def test_what_was_signed_stays_as_it_was(signed, extend):
    """Content and signature byte by byte; extended by one who changes them, it is refused."""

    kept = extend(signed, "B-LTA")
    old, new = (asn1.ContentInfo.load(data)["content"] for data in (signed, kept))
    assert old["encap_content_info"].dump() == new["encap_content_info"].dump()
    for name in ("sid", "signed_attrs", "signature"):
        assert old["signer_infos"][0][name].dump() == new["signer_infos"][0][name].dump()
    with pytest.raises(FirmaError):
        long_term_cms.check_kept(signed, kept.replace(b"100,00", b"900,00"))


def test_signatures_are_kept_in_whatever_order(ca, mario):
    """A timestamp makes one longer, and DER sorts them anew; one that is missing, or another one, is told."""
    data = cms(CONTENT, mario, ca.issue("Ada Neri", kind="rsa"))
    one, two = (item.dump() for item in cms_reader.load(data)["signer_infos"])
    assert data.endswith(one + two)
    bare = data.removesuffix(one + two)
    long_term_cms.check_kept(data, bare + two + one)
    for other in (cms(CONTENT, mario), cms(CONTENT, mario, ca.issue("Carla Blu", kind="rsa"))):
        with pytest.raises(FirmaError):
            long_term_cms.check_kept(data, other)


def test_two_signers_and_a_third_after(ca, issuer, mario, extend, check, authorities):
    ada = ca.issue("Ada Neri", serial="TINIT-NREDAA70A41H501X", issuer=issuer, kind="rsa")
    kept = extend(cms(CONTENT, mario, ada, certs=[issuer]), "B-LTA")
    report = check(kept)
    assert report["verdict"] == "valid" and [facts["level"] for facts in report["signatures"]] == ["B-LTA", "B-LTA"]
    carla = _signer(ca.issue("Carla Blu", serial="TINIT-BLUCRL70A41H501X", issuer=issuer, kind="rsa"), issuer)
    third = sign_cms.add_signer(kept, carla)
    assert long_term.last_stamp(third, [ca.root.pem]) is None
    report = check(third)
    assert report["verdict"] == "valid" and sorted(facts["level"] for facts in report["signatures"]) == ["B-B", "B-LTA", "B-LTA"]
    report = check(extend(third, "B-LTA", tsa=authorities[1].url), NOW + 25 * DAY)
    assert report["verdict"] == "valid" and {facts["level"] for facts in report["signatures"]} == {"B-LTA"}


def test_indefinite_lengths(mario, issuer, extend, check):
    """As programs write it when they stream: the pieces of the content stay pieces."""
    data = cms(CONTENT, mario, certs=[issuer], options=("-nodetach", "-cades", "-stream", "-indef"))
    assert data[1] == 0x80
    report = check(extend(data, "B-LTA"))
    assert report["verdict"] == "valid" and report["signatures"][0]["level"] == "B-LTA", report["reasons"]


def test_ocsp(ca, issuer, mario, signed, extend, check, evidence, tmp_path):
    given = {"crls": evidence["crls"][:1], "ocsps": [make_ocsp(mario, issuer, issued=NOW + HOUR)]}
    data = extend(signed, "B-LTA", given)
    report = check(data)
    assert report["verdict"] == "valid" and report["signatures"][0]["revocation"] == "good", report["reasons"]
    assert asn1.ContentInfo.load(data)["content"]["version"].native == "v5"
    (tmp_path / "x.p7m").write_bytes(data)
    assert b"otherRevInfoFormat" in openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in", tmp_path / "x.p7m", "-noout")
    again = extend(data, "B-LTA", given)
    assert len(asn1.ContentInfo.load(again)["content"]["crls"]) == len(asn1.ContentInfo.load(data)["content"]["crls"])


def test_files_of_others_are_renewed(ca, issuer, mario, signed, extend, check, authorities, tmp_path):
    """An archive timestamp put together by hand and by `openssl ts`; renewed, it is covered."""
    tsa = ca.issue_tsa(end=NOW + 20 * DAY)
    kept = archived(extend(stamped(signed, tsa, tmp_path), "B-LT"), tsa, tmp_path)
    assert check(kept)["signatures"][0]["level"] == "B-LTA" and long_term.last_stamp(kept, [ca.root.pem]).until == NOW + 20 * DAY
    report = check(extend(kept, "B-LTA", tsa=authorities[1].url), NOW + 60 * DAY)
    assert report["verdict"] == "valid", report["reasons"]


def test_openssl_agrees_on_every_archive_timestamp(ca, signed, extend, authorities, tmp_path):
    """What each covers is put together here, after EN 319 122-1, 5.5.3; with anything else openssl refuses it."""
    data = extend(extend(signed, "B-LTA"), "B-LTA", tsa=authorities[1].url)
    whole = asn1.ContentInfo.load(data)["content"]
    signer = whole["signer_infos"][0]
    tokens = [attr["values"][0] for attr in signer["unsigned_attrs"] if attr["type"].dotted == V3]
    assert len(tokens) == 2
    fields = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    for token in tokens:
        inner = asn1.ContentInfo.load(token.dump())
        stamper = inner["content"]["signer_infos"][0]
        index = next(attr["values"][0].dump() for attr in stamper["unsigned_attrs"] if attr["type"].dotted == "0.4.0.19122.1.5")
        covered = whole["encap_content_info"]["content_type"].dump() + sha256(CONTENT).digest()
        covered += b"".join(signer[name].dump() for name in fields) + index
        (tmp_path / "token").write_bytes(token.dump())
        words = ("ts", "-verify", "-token_in", "-in", tmp_path / "token", "-CAfile", ca.root.cert_file, "-data", tmp_path / "covered")
        (tmp_path / "covered").write_bytes(covered)
        openssl(*words)
        (tmp_path / "covered").write_bytes(covered + b"x")
        with pytest.raises(AssertionError):
            openssl(*words)
        certificates = [item.dump() for item in whole["certificates"]]
        assert index.count(sha256(certificates[0]).digest()) == 1 and index[:1] == b"\x30"


def test_what_the_archive_timestamp_protects_was_taken_away(signed, extend, check):
    data = asn1.ContentInfo.load(extend(signed, "B-LTA"))
    kept = [attr for attr in data["content"]["signer_infos"][0]["unsigned_attrs"] if attr["type"].native != "signature_time_stamp_token"]
    data["content"]["signer_infos"][0]["unsigned_attrs"] = asn1.CMSAttributes(kept)
    assert check(data.dump(), NOW + 60 * DAY)["verdict"] == "undetermined"
    assert not any(item["trusted"] for item in check(data.dump())["signatures"][0]["timestamps"] if item["kind"] == "archive")


def test_revoked_too_late_or_said_by_nobody(ca, issuer, mario, signed, extend, authorities):
    root = make_crl(ca.root, issued=NOW + HOUR)
    kept = extend(signed, "B-LTA")
    for data, options, code in (
        (signed, {"given": {"crls": [root, make_crl(issuer, [(mario, NOW - HOUR, None)], issued=NOW + HOUR)]}}, "revoked"),
        (signed, {"given": {}}, "revocation_missing"),
        (signed, {"given": {"crls": [make_crl(item, issued=NOW - HOUR) for item in (ca.root, issuer)]}}, "revocation_missing"),
        (signed, {"tsa": ""}, "no_authority"),
        (signed, {"tsa": "http://127.0.0.1:9/", "timeout": 1}, "timestamp"),
        (kept, {"tsa": authorities[1].url, "at": NOW + 21 * DAY}, "expired"),
    ):
        with pytest.raises(FirmaError) as refusal:
            extend(data, "B-LTA", **options)
        assert refusal.value.code == code


def test_what_is_asked_for(ca, issuer, signed, extend):
    """The signer, the issuing authority, the timestamp authority; then only the last, for a renewal."""
    trust = [ca.root.pem]
    assert len(long_term.certificates_to_prove(signed, trust)) == 2
    stamped_one = extend(signed, "B-T")
    assert len(long_term.certificates_to_prove(stamped_one, trust)) == 3
    assert len(long_term.certificates_to_prove(extend(signed, "B-LTA"), trust)) == 1
    assert issuer.der in long_term.embedded_certificates(signed)


def test_what_cannot_be_extended(ca, mario, signed, extend, tmp_path):
    """Said before, and refused: nothing that would spoil what is there, nor keep only a part of it."""
    tsa = ca.issue_tsa()
    older = asn1.ContentInfo.load(stamped(signed, tsa, tmp_path))
    token = older["content"]["signer_infos"][0]["unsigned_attrs"][0]["values"][0]
    attrs = older["content"]["signer_infos"][0]["unsigned_attrs"]
    older["content"]["signer_infos"][0]["unsigned_attrs"] = asn1.CMSAttributes([*attrs, asn1.CMSAttribute({"type": V2, "values": [token]})])
    for data, code in (
        (cms(CONTENT, mario, options=("-cades",)), "detached"),
        (cms(signed, mario), "form"),
        (countersign(signed, ca.issue("Conferma", kind="rsa")), "form"),
        (older.dump(), "older"),
        (sign(INVOICE, mario), "form"),
        (b"rubbish", "form"),
        (signed[:200], "form"),
        (tlv(0x30, b"\x02\x01\x01"), "form"),
    ):
        assert long_term.obstacle(data) == code
        with pytest.raises(FirmaError) as refusal:
            extend(data, "B-LTA")
        assert refusal.value.code == "unsupported"
    assert long_term.obstacle(signed) == "" == long_term.obstacle(b"%PDF-1.7")
