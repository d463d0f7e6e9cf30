"""The skeleton of a CMS: contents in every form of BER, and what hides between its parts. OpenSSL is the judge of both."""

import subprocess

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import core
from by_hand import cms
from cms_by_hand import tlv

CONTENT = b"Si impegna la somma di 100 euro"
HIDDEN = tlv(0x04, b"Si paghi 1000000")
DATA = bytes.fromhex("06092a864886f70d010701")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


@pytest.fixture(scope="module")
def parts(ca):
    signed = asn1_cms.ContentInfo.load(cms(CONTENT, ca.issue()))["content"]
    return {name: signed[name].dump() for name in ("version", "digest_algorithms", "certificates", "signer_infos")}


def put_together(parts, content, *, after="", more=HIDDEN):
    """A CMS around this content, with something more after one of its parts."""

    def ends(name):
        return more if after == name else b""

    encapsulated = tlv(0x30, DATA + content + ends("content"))
    inside = parts["version"] + parts["digest_algorithms"] + encapsulated + parts["certificates"] + parts["signer_infos"]
    signed = tlv(0x30, inside + ends("signed data"))
    return tlv(0x30, SIGNED_DATA + tlv(0xA0, signed + ends("holder")) + ends("envelope"))


def openssl_agrees(data, folder):
    words = ["openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER"]
    (folder / "x.p7m").write_bytes(data)
    done = subprocess.run([*words, "-in", folder / "x.p7m"], capture_output=True)
    return done.returncode == 0 and done.stdout == CONTENT


HALVES = tlv(0x04, CONTENT[:9]) + tlv(0x04, CONTENT[9:])
FORMS = {
    "whole": tlv(0xA0, tlv(0x04, CONTENT)),
    "in pieces": tlv(0xA0, tlv(0x24, HALVES)),
    "in pieces of pieces": tlv(0xA0, tlv(0x24, tlv(0x24, HALVES))),
    "with an empty piece": tlv(0xA0, tlv(0x24, tlv(0x04, b"") + HALVES)),
    "without a length": b"\xa0\x80\x24\x80" + HALVES + bytes(4),
    "an inner one without a length": tlv(0xA0, b"\x24\x80" + HALVES + bytes(2)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_content(check, parts, tmp_path, form):
    data = put_together(parts, FORMS[form])
    assert openssl_agrees(data, tmp_path)
    report, reasons = check(data, original=CONTENT)
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]


@pytest.mark.parametrize("after", ["content", "signed data", "holder", "envelope"])
def test_something_more_between_the_parts(check, parts, tmp_path, after):
    data = put_together(parts, FORMS["whole"], after=after)
    assert not openssl_agrees(data, tmp_path)
    report, reasons = check(data)
    assert report["verdict"] == "not_valid" and reasons == {"malformed"}


@pytest.mark.parametrize(
    "content",
    [
        tlv(0xA0, tlv(0x04, CONTENT) + HIDDEN),
        tlv(0xA0, HIDDEN + tlv(0x04, CONTENT)),
        tlv(0xA0, tlv(0x24, HALVES + tlv(0x0C, b"1000000"))),
        b"",
    ],
)
def test_another_content_beside_the_signed_one(check, parts, tmp_path, content):
    data = put_together(parts, content)
    assert not openssl_agrees(data, tmp_path)
    assert check(data)[0]["verdict"] != "valid"


def test_something_more_in_the_signature(check, parts):
    signer = asn1_cms.SignerInfos.load(parts["signer_infos"])[0]
    more = tlv(0x31, tlv(0x30, signer.contents + HIDDEN))
    assert check(put_together(parts | {"signer_infos": more}, FORMS["whole"]))[1] == {"malformed"}
    assert core.load(more).tag == 17  # well formed, as ASN.1 goes


def test_nested_without_lengths(check):
    for data in (b"\x30\x80" * 100_000, b"\x30\x80" + SIGNED_DATA + b"\xa0\x80" * 100_000, b"\x30\x84\xff\xff\xff\xff\x06"):
        assert check(data)[0]["verdict"] == "not_valid"
