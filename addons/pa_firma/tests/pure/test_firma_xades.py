"""XAdES made with signxml, changed by hand: wrapping, entities, swapped parts."""

import base64
import shutil
import subprocess

import pytest
from by_hand import CF, DAY, NOW, timestamp
from lxml import etree
from pa_firma_tools import errors, xml_canonical, xmldsig
from signxml import XMLSigner
from xml_by_hand import C14N, DS, INVOICE, detached, sign


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa")


def test_enveloped(check, mario):
    report, reasons = check(sign(INVOICE, mario), original=INVOICE)
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]
    assert (facts["format"], facts["level"], facts["codice_fiscale"]) == ("XAdES", "B-B", CF)
    assert facts["covers_whole_file"] and facts["integrity"] and facts["signing_time"]


def test_elliptic_curve_and_enveloping(check, ca):
    report, reasons = check(sign(INVOICE, ca.issue()))
    assert report["verdict"] == "valid" and not reasons
    report, reasons = check(sign(INVOICE, ca.issue(), "enveloping"), original=INVOICE)
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]


def test_another_document(check, mario):
    report, reasons = check(sign(INVOICE, mario), original=INVOICE.replace(b"100", b"200"))
    assert report["verdict"] == "not_valid" and reasons == {"other_document"}


@pytest.mark.parametrize("what", ["text", "attribute", "added", "time"])
def test_altered(check, mario, what):
    data = sign(INVOICE, mario)
    changed = {
        "text": data.replace(b"100,00", b"900,00"),
        "attribute": data.replace(b'valuta="EUR"', b'valuta="ITL"'),
        "added": data.replace(b"<nota>", b"<nota/><nota>"),
        "time": data.replace(b"SigningTime>20", b"SigningTime>19"),
    }[what]
    assert changed != data
    report, reasons = check(changed)
    assert report["verdict"] == "not_valid" and reasons == {"altered"}


def test_altered_key_or_signature(check, mario, ca):
    root = etree.fromstring(sign(INVOICE, mario))
    value = root.find(f".//{DS}SignatureValue")
    raw = bytearray(base64.b64decode(value.text))
    raw[5] ^= 1
    value.text = base64.b64encode(bytes(raw)).decode()
    report, reasons = check(etree.tostring(root))
    assert report["verdict"] == "not_valid" and reasons == {"cryptography"}
    root = etree.fromstring(sign(INVOICE, mario))
    root.find(f".//{DS}X509Certificate").text = base64.b64encode(ca.issue("Falso", kind="rsa").der).decode()
    report, reasons = check(etree.tostring(root))
    assert report["verdict"] == "not_valid" and reasons >= {"certificate_mismatch", "cryptography"}


def with_id(data):
    return data.replace(b"<doc ", b'<doc Id="d1" ')


def test_signature_wrapping(check, mario):
    """The signed element is moved aside and another one takes its place."""
    signed = etree.fromstring(sign(with_id(INVOICE), mario, reference="#d1"))
    assert check(etree.tostring(signed))[0]["verdict"] == "valid"
    fake = etree.fromstring(with_id(INVOICE).replace(b"100,00", b"900,00"))
    for identifier in ("d1", "d2"):
        fake.set("Id", identifier)
        wrapper = etree.fromstring(etree.tostring(fake))
        holder = etree.SubElement(wrapper, "holder")
        holder.append(etree.fromstring(etree.tostring(signed)))
        report, reasons = check(etree.tostring(wrapper))
        assert report["verdict"] == "not_valid"
        assert reasons == ({"wrapping"} if identifier == "d1" else {"not_covered"})


def test_only_a_part_is_signed(check, mario):
    data = INVOICE.replace(b"<nota>", b'<nota Id="n1">')
    root = etree.fromstring(data)
    nota = root[1]
    nota.append(etree.fromstring(sign(etree.tostring(nota), mario, reference="#n1"))[-1])
    report, reasons = check(etree.tostring(root))
    assert report["verdict"] == "not_valid" and "not_covered" in reasons


def test_entities_and_doctypes_are_refused(check, mario):
    data = sign(INVOICE, mario).split(b"?>", 1)[1]
    secret = b'<!DOCTYPE doc [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    bomb = b'<!DOCTYPE doc [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    for prefix in (secret, bomb):
        report, reasons = check(prefix + data.replace(b"100,00", b"&x;" if prefix is secret else b"&b;"))
        assert report["verdict"] == "not_valid" and reasons <= {"unsafe_xml", "malformed"}
        assert "root:" not in str(report)


def test_keyed_digest_is_not_a_signature(check, mario):
    data = sign(INVOICE, mario).replace(b"2001/04/xmldsig-more#rsa-sha256", b"2001/04/xmldsig-more#hmac-sha256")
    report, reasons = check(data)
    assert report["verdict"] == "undetermined" and reasons == {"unsupported"}


def test_stylesheets_are_not_run(check, mario):
    data = sign(INVOICE, mario).replace(xmldsig.ENVELOPED.encode(), b"http://www.w3.org/TR/1999/REC-xslt-19991116")
    report, reasons = check(data)
    assert report["verdict"] == "undetermined" and reasons == {"unsupported"}


def test_plain_xmldsig_is_not_called_xades(check, mario):
    from signxml import XMLSigner

    report, _reasons = check(sign(INVOICE, mario, signer_class=XMLSigner))
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and facts["format"] == "XMLDSig"
    assert "not_baseline" in {item["code"] for item in facts["warnings"]}


def test_signed_properties_must_be_signed(check, mario):
    """Properties that no reference covers could be anybody's."""
    root = etree.fromstring(sign(INVOICE, mario))
    info = root.find(f".//{DS}SignedInfo")
    info.remove(next(ref for ref in info.findall(f"{DS}Reference") if "SignedProperties" in (ref.get("Type") or "")))
    report, reasons = check(etree.tostring(root))
    assert report["verdict"] == "not_valid" and reasons == {"malformed"}


def test_timestamp(check, ca, tmp_path):
    signer = ca.issue(end=NOW + 10 * DAY)
    root = etree.fromstring(sign(INVOICE, signer))
    value = root.find(f".//{DS}SignatureValue")
    token = timestamp(ca.issue_tsa(), etree.tostring(value, method="c14n", with_tail=False), tmp_path, token=True)
    xades = "http://uri.etsi.org/01903/v1.3.2#"
    properties = root.find(f".//{{{xades}}}QualifyingProperties")
    node = etree.SubElement(etree.SubElement(properties, f"{{{xades}}}UnsignedProperties"), f"{{{xades}}}UnsignedSignatureProperties")
    item = etree.SubElement(etree.SubElement(node, f"{{{xades}}}SignatureTimeStamp"), f"{{{xades}}}EncapsulatedTimeStamp")
    item.text = base64.b64encode(token).decode()
    report, reasons = check(etree.tostring(root), at=NOW + 100 * DAY)
    assert report["verdict"] == "valid" and not reasons and report["signatures"][0]["level"] == "B-T"


@pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is an independent witness")
def test_comments_are_not_part_of_what_such_a_reference_names(check, mario, tmp_path):
    """XMLDSig 4.4.3.3: URI="" leaves comments out, also where the canonical form would keep them."""
    template = INVOICE.replace(b"<nota>", b"<!-- ufficio --><nota>").replace(b"</doc>", f"""<Signature xmlns="{DS[1:-1]}"><SignedInfo>
<CanonicalizationMethod Algorithm="{C14N}#WithComments"/>
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI=""><Transforms>
<Transform Algorithm="{DS[1:-1]}enveloped-signature"/><Transform Algorithm="@"/></Transforms>
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo><SignatureValue/>
<KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo></Signature></doc>""".encode())  # fmt: skip
    for form in (f"{C14N}#WithComments", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"):
        (tmp_path / "in.xml").write_bytes(template.replace(b"@", form.encode()))
        words = ["xmlsec1", "--sign", "--privkey-pem", f"{mario.key_file},{mario.cert_file}", "--output", tmp_path / "out.xml"]
        subprocess.run([*words, tmp_path / "in.xml"], check=True, capture_output=True)
        data = (tmp_path / "out.xml").read_bytes()
        report, reasons = check(data)
        assert report["verdict"] == "valid" and not reasons
        assert check(data.replace(b"Determina n. 1", b"Determina n. 2"))[1] == {"altered"}


def test_xml_without_signature(check):
    report, reasons = check(INVOICE)
    assert report["verdict"] == "not_valid" and reasons == {"unsigned"}


FILTER = (
    '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"><XPath xmlns="http://www.w3.org/2002/06/'
    'xmldsig-filter2" Filter="subtract">%s</XPath></ds:Transform>'
)
XPATH = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>%s</ds:XPath></ds:Transform>'
WAYS = {
    "filter 2": FILTER % "/descendant::ds:Signature",
    "filter 2, short": FILTER % "//ds:Signature",
    "filter 2, this one": FILTER % "here()/ancestor::ds:Signature[1]",
    "xpath": XPATH % "not(ancestor-or-self::ds:Signature)",
    "xpath, this one": XPATH % "\ncount(ancestor-or-self::ds:Signature |\nhere()/ancestor::ds:Signature[1]) &gt;\n"
    "count(ancestor-or-self::ds:Signature)",
    "enveloped": f'<ds:Transform Algorithm="{xmldsig.ENVELOPED}"/>',
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_of_italian_invoices(check, ca, way):
    """By hand, with the instruction before the root that invoices have; the digest is of what the sender wrote."""
    bare = b'<?xml-stylesheet type="text/xsl" href="fattura.xsl"?>\n<p:F xmlns:p="urn:f" versione="FPR12"><Totale>100.00</Totale></p:F>'
    signer = ca.issue()
    transforms = f'<ds:Transforms>{WAYS[way]}<ds:Transform Algorithm="{C14N}"/></ds:Transforms>'
    signature = detached(signer, {"": bare}, transforms=transforms, within=("urn:f", "p"))
    whole = bare.replace(b"</p:F>", signature + b"</p:F>")
    report, reasons = check(whole, original=bare)
    assert report["verdict"] == "valid" and not reasons, report["reasons"]
    for old, new in ((b"100.00", b"900.00"), (b"fattura.xsl", b"altra.xsl"), (b"FPR12", b"FPA12")):
        assert check(whole.replace(old, new))[1] == {"altered"}


@pytest.mark.parametrize(
    "way", [FILTER % "//ds:Totale", FILTER % "here()/ancestor::ds:Signature[2]", XPATH % "count(ancestor-or-self::ds:Signature) &gt; 0"]
)
def test_other_filters_are_not_guessed(check, ca, way):
    bare = b"<F><Totale>100.00</Totale></F>"
    transforms = f'<ds:Transforms>{way}<ds:Transform Algorithm="{C14N}"/></ds:Transforms>'
    signature = detached(ca.issue(), {"": bare}, transforms=transforms)
    assert check(bare.replace(b"</F>", signature + b"</F>"))[1] == {"unsupported"}


CANONICAL_PARTS = [  # written by hand after the rules of Canonical XML 1.0 and Exclusive XML Canonicalization
    (xml_canonical.DEFAULT_C14N, b'<d:o xmlns="urn:x" xmlns:d="urn:d"><a><b></b></a></d:o>'),
    (xml_canonical.EXCLUSIVE, b'<d:o xmlns:d="urn:d"><a xmlns="urn:x"><b></b></a></d:o>'),
]


@pytest.mark.parametrize(("form", "expected"), CANONICAL_PARTS)
def test_part_below_a_default_namespace(form, expected):
    """lxml writes `<b xmlns="">` here: what others signed would look altered."""
    root = etree.fromstring(b'<d:s xmlns="urn:x" xmlns:d="urn:d"><d:o><a><b/></a></d:o>tail</d:s>')
    assert xml_canonical.canonical(root[0], form) == expected


def test_inclusive_default_namespace_is_not_guessed():
    listed = '<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="#default"/>'
    method = etree.fromstring(f"<m>{listed}</m>")
    plain, inherited = etree.fromstring(b"<a><b/></a>"), etree.fromstring(b'<d:s xmlns="urn:x" xmlns:d="urn:d"><d:o/></d:s>')
    assert xml_canonical.canonical(plain, xml_canonical.EXCLUSIVE, method) == b"<a><b></b></a>"
    with pytest.raises(errors.FirmaError) as refusal:  # it would be `<d:o xmlns="urn:x" …>`, which lxml does not write
        xml_canonical.canonical(inherited[0], xml_canonical.EXCLUSIVE, method)
    assert refusal.value.code == "unsupported"


def test_certificates_in_any_order(check, mario, ca):
    """XMLDSig lets the root come first; the signer is the one whose key signed."""
    signed = etree.fromstring(sign(INVOICE, mario, signer_class=XMLSigner))
    data = signed.find(f".//{DS}X509Data")
    for extra in (ca.root, ca.issue("Ada Neri", serial="IT:NREDAA70A41H501X")):
        node = etree.Element(f"{DS}X509Certificate")
        node.text = base64.b64encode(extra.der).decode()
        data.insert(0, node)
    report, reasons = check(etree.tostring(signed))
    facts = report["signatures"][0]
    assert (facts["integrity"], facts["codice_fiscale"], facts["format"]) == (True, CF, "XMLDSig")
    assert report["verdict"] == "valid" and not reasons
