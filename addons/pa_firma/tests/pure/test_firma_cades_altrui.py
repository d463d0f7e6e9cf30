"""CMS as other programs write it: BER, strings in pieces, loose identifiers. Built by hand from openssl's, verdict known."""

import time

import pytest
from asn1crypto import cms, core, parser
from by_hand import cms as sign
from by_hand import openssl
from cms_by_hand import CONTENT
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pa_firma_tools import ber, errors

SHA256_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
SIGNING_TIME = "1.2.840.113549.1.9.5"


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa")


def element(tag, *parts):
    body = b"".join(parts)
    return parser.emit(tag >> 6, tag >> 5 & 1, tag & 31, body)


def endless(tag, *parts):
    """An element whose length is not said."""
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def pieces(content, size=100):
    return [element(4, content[at : at + size]) for at in range(0, len(content), size)]


def rebuilt(data, *, content=None, write=element, signer=None, **fields):
    """The same CMS written in another way.

    :param content: the octet string to put in the place of the content
    :param fields: bytes of the fields of its SignerInfo that change
    """
    signed = cms.ContentInfo.load(data)["content"]
    info = signed["signer_infos"][0]
    names = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    signer = signer or element(0x30, *(fields.get(name) or info[name].dump() for name in names))
    inner = content or element(4, signed["encap_content_info"]["content"].native)
    parts = [
        signed["version"].dump(),
        signed["digest_algorithms"].dump(),
        write(0x30, core.ObjectIdentifier("1.2.840.113549.1.7.1").dump(), write(0xA0, inner)),
        signed["certificates"].dump(),
        element(0x31, signer),
    ]
    return write(0x30, core.ObjectIdentifier("1.2.840.113549.1.7.2").dump(), write(0xA0, write(0x30, *parts)))


@pytest.mark.parametrize("write", [element, endless])
@pytest.mark.parametrize("string", [element, endless])
def test_content_in_pieces(check, mario, write, string, tmp_path, ca):
    """asn1crypto refuses pieces under a known length (pkijs and BouncyCastle write them)."""
    data = rebuilt(sign(CONTENT, mario), content=string(0x24, *pieces(CONTENT)), write=write)
    report, reasons = check(data, original=CONTENT)
    assert report["verdict"] == "valid" and not reasons and report["signatures"][0]["level"] == "B-B"
    (tmp_path / "x.p7m").write_bytes(data)
    words = ("cms", "-verify", "-inform", "DER", "-in", tmp_path / "x.p7m", "-CAfile", ca.root.cert_file, "-purpose", "any")
    assert openssl(*words) == CONTENT
    changed = rebuilt(sign(CONTENT, mario), content=string(0x24, *pieces(CONTENT.replace(b"100", b"900"))), write=write)
    assert check(changed)[1] == {"altered"}


def test_pieces_inside_pieces_and_what_is_no_piece():
    inner = element(0x24, *pieces(b"abc", 1))
    whole = ber.in_one_piece(element(0x30, b"\x06\x01\x2a", element(0xA0, element(0x24, inner, element(4, b"d")))))
    assert whole == element(0x30, b"\x06\x01\x2a", element(0xA0, element(4, b"abcd")))
    with pytest.raises(errors.FirmaError):
        ber.in_one_piece(element(0x30, element(0xA0, element(0x24, element(2, b"\1")))))


@pytest.mark.parametrize("broken", [b"", b"\x30", b"\x30\x05\1", b"\x30\x80\x02\x01", b"\x24\x80" * 100, b"\x1f\xff", b"\x04\x80\0\0"])
def test_broken_elements(broken):
    with pytest.raises(errors.FirmaError):
        ber.in_one_piece(broken)


def test_a_large_document_in_small_pieces_takes_seconds():
    """Joined by the parser, the time grew with the square of the size: minutes."""
    content = bytes(20_000_000)
    string = endless(0x24, *pieces(content, 200))
    data = endless(0x30, b"\x06\x01\x2a", endless(0xA0, endless(0x30, string)))
    start = time.process_time()
    whole = ber.in_one_piece(data)
    assert time.process_time() - start < 10
    assert len(whole) < len(content) + 100 and whole.endswith(content[:1000])


def test_digest_algorithm_named_as_the_whole_signature(check, mario):
    """sha256WithRSAEncryption where sha256 should stand."""
    report, reasons = check(rebuilt(sign(CONTENT, mario), digest_algorithm=SHA256_RSA))
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons and facts["digest_algorithm"] == "sha256"


def resigned(data, pair, change, written=None):
    """The signature made anew over changed attributes (a list of DER), written in the file as `written` says."""
    attrs = sorted(change([item.dump() for item in cms.ContentInfo.load(data)["content"]["signer_infos"][0]["signed_attrs"]]))
    signature = pair.key.sign(element(0x31, *attrs), padding.PKCS1v15(), hashes.SHA256())
    attrs = [(written or bytes)(item) for item in attrs]
    return rebuilt(data, signed_attrs=element(0xA0, *attrs), signature=element(4, signature))


def long_length(der):
    """The same element, its length said in three octets."""
    _class, _method, _tag, _header, body, _trailer = parser.parse(der)
    return der[:1] + b"\x83" + len(body).to_bytes(3, "big") + body


@pytest.mark.parametrize("written", [long_length, lambda der: endless(0x30, parser.parse(der)[4])])
def test_attributes_in_ber_are_signed_as_der(check, mario, written):
    data = resigned(sign(CONTENT, mario), mario, list, written)
    report, reasons = check(data)
    assert report["verdict"] == "valid" and not reasons
    assert check(data.replace(b"100,00", b"900,00"))[1] == {"altered"}


@pytest.mark.parametrize(("value", "told"), [
    (element(23, b"2611280032Z"), "2026-11-28T00:32:00+00:00"),
    (element(24, b"20261128003200.5Z"), "2026-11-28T00:32:00.500000+00:00"),
    (element(23, b"261128003200"), None),
    (element(23, b"mercoledi"), None),
])  # fmt: skip
def test_signing_times_in_odd_forms(check, mario, value, told):
    """It proves nothing: one that cannot be read does not make a good signature bad."""

    def change(attrs):
        kept = [item for item in attrs if cms.CMSAttribute.load(item)["type"].dotted != SIGNING_TIME]
        return [*kept, element(0x30, core.ObjectIdentifier(SIGNING_TIME).dump(), element(0x31, value))]

    report, reasons = check(resigned(sign(CONTENT, mario), mario, change))
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons and facts["integrity"] and facts["signing_time"] == told


def test_other_asn1_is_no_signature(check, mario):
    report, reasons = check(mario.der)
    assert report["verdict"] == "not_valid" and reasons == {"unknown_format"}
