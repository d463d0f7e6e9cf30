"""Attacks on what an XML signature covers. The signatures are good and made by hand: only what is around them is forged."""

import base64
import hashlib

import pytest
from by_hand import NOW
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from lxml import etree
from xml_by_hand import DS

XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
PLAIN = f'<ds:Transform Algorithm="{EXCLUSIVE}"/>'
ENVELOPED = '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>' + PLAIN
BASE64 = '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>'
BODY = '<determina Id="X"><importo>100</importo></determina>'
TEXT = base64.b64encode(b"Si impegna la somma di 100 euro").decode()


def b64(data):
    return base64.b64encode(data).decode()


def _digest(data):
    return f"<ds:DigestValue>{b64(hashlib.sha256(data).digest())}</ds:DigestValue>"


def signature(pair, uri, transforms, data, kind="", name="S"):
    """A XAdES signature, as text, over bytes that will be found at `uri`."""

    def part(tag):
        return etree.tostring(etree.fromstring(text).find(f".//{tag}"), method="c14n", exclusive=True, with_tail=False)

    text = (
        f'<ds:Signature xmlns:ds="{DS[1:-1]}" Id="{name}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>'
        f'<ds:Reference{kind} URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms>{SHA256}{_digest(data)}</ds:Reference>'
        f'<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#{name}P"><ds:Transforms>{PLAIN}</ds:Transforms>'
        f'{SHA256}@P@</ds:Reference></ds:SignedInfo><ds:SignatureValue Id="{name}V">@S@</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{b64(pair.der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f'<ds:Object><x:QualifyingProperties xmlns:x="{XADES}" Target="#{name}"><x:SignedProperties Id="{name}P">'
        f"<x:SignedSignatureProperties><x:SigningTime>{NOW.isoformat()}</x:SigningTime><x:SigningCertificateV2><x:Cert>"
        f"<x:CertDigest>{SHA256}{_digest(pair.der)}</x:CertDigest></x:Cert></x:SigningCertificateV2>"
        "</x:SignedSignatureProperties></x:SignedProperties></x:QualifyingProperties></ds:Object></ds:Signature>"
    )
    text = text.replace("@P@", _digest(part(f"{{{XADES}}}SignedProperties")))
    r, s = utils.decode_dss_signature(pair.key.sign(part(f"{DS}SignedInfo"), ec.ECDSA(hashes.SHA256())))
    return text.replace("@S@", b64(r.to_bytes(32, "big") + s.to_bytes(32, "big")))


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue()


@pytest.fixture(scope="module")
def part(mario):
    """A signature over the element `X`, wherever it stands."""
    return signature(mario, "#X", PLAIN, BODY.encode())


@pytest.fixture(scope="module")
def whole(mario):
    """A signature of the whole document, inside it."""
    return signature(mario, "", ENVELOPED, b"<d><importo>100</importo></d>")


def inside(whole):
    return f"<d><importo>100</importo>{whole}</d>".encode()


def test_what_is_honest_is_valid(check, mario, part, whole):
    text = signature(mario, "#X", BASE64, base64.b64decode(TEXT))
    enveloping = text.replace("</ds:Signature>", f'<ds:Object Id="X" MimeType="text/plain">{TEXT}</ds:Object></ds:Signature>')
    for data in (inside(whole), enveloping.encode(), f"<d>{BODY}{part}</d>".encode()):
        report, reasons = check(data)
        assert report["verdict"] == "valid" and not reasons, report["reasons"]
    assert {item["code"] for item in report["signatures"][0]["warnings"]} >= {"names_around"}


@pytest.mark.parametrize(
    "element",
    [
        f'<determina Id="X" importo="1000000">{TEXT}</determina>',
        f'<determina Id="X">{TEXT}<paga importo="1000000"/></determina>',
        f'<determina Id="X"><paga/>{TEXT}</determina>',
    ],
)
def test_base64_signs_a_text_not_the_element_around_it(check, mario, element):
    text = signature(mario, "#X", BASE64, base64.b64decode(TEXT))
    report, reasons = check(f"<d>{element}{text}</d>".encode())
    assert report["verdict"] == "not_valid" and reasons == {"not_covered"}
    assert report["signatures"][0]["covers_whole_file"] is False


def test_a_signature_put_in_the_place_of_a_countersignature(check, part):
    """A countersignature is told by what it signs, not by where it stands: here, beside it, anything could be written."""
    moved = f'<x:CounterSignature xmlns:x="{XADES}">{part}</x:CounterSignature>'
    report, reasons = check(f"<d>{moved}{BODY}<determina>1000000</determina></d>".encode())
    assert report["verdict"] == "not_valid" and reasons == {"not_covered"}


def test_a_countersignature_without_the_signature_that_it_confirms(check, mario, whole):
    value = etree.fromstring(whole).find(f"{DS}SignatureValue")
    alone = etree.tostring(value, method="c14n", exclusive=True, with_tail=False)
    kind = ' Type="http://uri.etsi.org/01903#CountersignedSignature"'
    counter = signature(mario, "#SV", PLAIN, alone, kind, "C")
    holder = f"<x:UnsignedProperties><x:UnsignedSignatureProperties><x:CounterSignature>{counter}</x:CounterSignature>"
    holder += "</x:UnsignedSignatureProperties></x:UnsignedProperties>"
    report, reasons = check(inside(whole.replace("</x:QualifyingProperties>", holder + "</x:QualifyingProperties>")))
    assert report["verdict"] == "valid" and not reasons
    assert [facts["format"] for facts in report["signatures"]] == ["XAdES", "XAdES-countersignature"]
    report, _reasons = check(f"<d><determina>1000000</determina>{alone.decode()}{counter}</d>".encode())
    assert report["verdict"] == "not_valid"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</ds:Signature>", "<ds:Object><importo>1000000</importo></ds:Object></ds:Signature>"),
        ("</ds:Signature>", "<ds:Object>1000000</ds:Object></ds:Signature>"),
        ("</ds:SignatureValue>", "</ds:SignatureValue><importo>1000000</importo>"),
        ("</ds:SignatureValue>", "<importo>1000000</importo></ds:SignatureValue>"),
        ("</ds:KeyInfo>", "<importo>1000000</importo></ds:KeyInfo>"),
        ('Target="#S">', 'Target="#S"><importo>1000000</importo>'),
        ("<ds:Signature ", '<ds:Signature importo="1000000" '),
    ],
)
def test_what_is_added_inside_the_signature(check, whole, old, new):
    """The enveloped transform leaves the signature out: what stands in it nobody signed."""
    assert whole.count(old) == 1
    report, reasons = check(inside(whole.replace(old, new)))
    assert report["verdict"] == "not_valid" and reasons == {"not_covered"}


def test_properties_that_only_look_signed(check, ca, mario, whole):
    """An earlier element by the same name: neither the time nor the certificate that it says is believed."""
    other = ca.issue("Ada Neri", key=mario.key)
    fake = "<x:UnsignedProperties><x:SignedSignatureProperties><x:SigningTime>2001-01-01T00:00:00Z</x:SigningTime>"
    fake += f"<x:SigningCertificateV2><x:Cert><x:CertDigest>{SHA256}{_digest(other.der)}</x:CertDigest></x:Cert></x:SigningCertificateV2>"
    fake += "</x:SignedSignatureProperties></x:UnsignedProperties>"
    forged = whole.replace('Target="#S">', 'Target="#S">' + fake)
    forged = forged.replace("<ds:X509Data>", f"<ds:X509Data><ds:X509Certificate>{b64(other.der)}</ds:X509Certificate>")
    report, _reasons = check(inside(forged))
    facts = report["signatures"][0]
    assert facts["signer"] == "Mario Rossi" and facts["signing_time"] == NOW.isoformat() and facts["format"] == "XAdES"


def test_stylesheet_named_outside_of_what_is_signed(check, part, whole):
    sheet = b'<?xml-stylesheet type="text/xsl" href="altro.xsl"?>'
    report, reasons = check(sheet + f"<d>{BODY}{part}</d>".encode())
    assert report["verdict"] == "undetermined" and reasons == {"active_content"}
    assert check(sheet + inside(whole))[1] == {"altered"}


def test_text_or_links_around_what_is_signed(check, part):
    for start in ('<d xmlns:k="http://www.w3.org/1999/xlink" k:href="altro.xml">', "<d>Si paghi", '<d importo="1">'):
        assert check(f"{start}{BODY}{part}</d>".encode())[1] == {"not_covered"}


def test_a_name_around_what_is_signed(check, part, whole, mario):
    """A bare root around the signature and what it signs is told; another element around them, or around a signed root, not."""
    assert check(f"<lotto><annullata>{BODY}</annullata>{part}</lotto>".encode())[1] == {"not_covered"}
    assert check(f"<lotto><annullata>{BODY}{part}</annullata></lotto>".encode())[1] == {"not_covered"}
    inner = signature(mario, "#X", ENVELOPED, BODY.encode())
    signed = BODY.replace("</determina>", inner + "</determina>")
    assert check(signed.encode())[0]["verdict"] == "valid"
    assert check(f"<annullata>{signed}</annullata>".encode())[1] == {"not_covered"}


def test_a_list_of_digests_is_not_the_document(check, mario):
    """A Manifest says what other things were: nobody looked at them."""
    other = f'<ds:Reference URI="altro.txt">{SHA256}{_digest(b"altro")}</ds:Reference>'
    manifest = f'<ds:Manifest xmlns:ds="{DS[1:-1]}" Id="M">{other}</ds:Manifest>'
    text = signature(mario, "#M", PLAIN, etree.tostring(etree.fromstring(manifest), method="c14n", exclusive=True))
    report, reasons = check(text.replace("</ds:Signature>", f"<ds:Object>{manifest}</ds:Object></ds:Signature>").encode())
    assert report["verdict"] == "undetermined" and reasons == {"unsupported"}
