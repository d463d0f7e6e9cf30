"""XAdES made with signxml, changed by hand: wrapping, entities, swapped parts."""

import base64
import io
import zipfile

import pytest
from by_hand import CF, DAY, NOW, Authority, timestamp
from by_hand import cms as sign_cms
from lxml import etree
from pa_firma_tools import document, xmldsig
from signxml import DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.xades import XAdESSigner

INVOICE = b'<?xml version="1.0"?><doc xmlns="urn:x"><importo valuta="EUR">100,00</importo><nota>Determina n. 1</nota></doc>'
DS = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa")


@pytest.fixture
def check(ca, codes):
    def run(data, **options):
        report = document.verify_document(data, trust=options.pop("trust", [ca.root.pem]), **options)
        return report, codes(report)

    return run


def sign(data, pair, method="enveloped", algorithm=None, reference=None, signer_class=XAdESSigner):
    kind = SignatureMethod.RSA_SHA256 if "RSA" in type(pair.key).__name__ else SignatureMethod.ECDSA_SHA256
    signer = signer_class(
        method=getattr(SignatureConstructionMethod, method),
        signature_algorithm=algorithm or kind,
        digest_algorithm=DigestAlgorithm.SHA256,
    )
    root = etree.fromstring(data) if isinstance(data, bytes) else data
    options = {"reference_uri": reference} if reference else {}
    signed = signer.sign(root, key=pair.key, cert=[pair.cert], **options)
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


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


def test_xml_without_signature(check):
    report, reasons = check(INVOICE)
    assert report["verdict"] == "not_valid" and reasons == {"unsigned"}


C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
WAYS = {
    "filter 2": '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"><XPath xmlns="http://www.w3.org/2002/06/'
    'xmldsig-filter2" Filter="subtract">/descendant::ds:Signature</XPath></ds:Transform>',
    "xpath": '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>'
    "not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>",
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


# ASiC -----------------------------------------------------------------------------------------------------------


def container(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", options.get("compression", zipfile.ZIP_STORED)) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


ASIC_S = ("mimetype", "application/vnd.etsi.asic-s+zip")
ASIC_E = ("mimetype", "application/vnd.etsi.asic-e+zip")


@pytest.fixture(scope="module")
def asic_s(mario):
    signature = sign_cms(INVOICE, mario, options=("-cades",))
    return [ASIC_S, ("determina.xml", INVOICE), ("META-INF/signature.p7s", signature)]


def test_asic_s_with_cades(check, asic_s):
    report, reasons = check(container(asic_s), original=INVOICE)
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]
    assert report["signatures"][0]["format"] == "ASiC-CAdES"


def test_asic_s_altered_or_with_a_file_more(check, asic_s):
    altered = [(name, data.replace(b"100", b"900") if name.endswith(".xml") else data) for name, data in asic_s]
    assert check(container(altered))[1] == {"altered"}
    report, reasons = check(container([*asic_s, ("altro.xml", b"<a/>")]))
    assert report["verdict"] != "valid" and reasons == {"detached", "unsigned_file"}


def manifest(signature, files):
    import hashlib

    references = "".join(
        f'<asic:DataObjectReference URI="{name}"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{base64.b64encode(hashlib.sha256(data).digest()).decode()}</ds:DigestValue></asic:DataObjectReference>"
        for name, data in files
    )
    return (
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f'<asic:SigReference URI="{signature}"/>{references}</asic:ASiCManifest>'
    ).encode()


def test_asic_e_with_cades_and_timestamp(check, ca, tmp_path):
    signer, files = ca.issue(end=NOW + 10 * DAY), [("uno.txt", b"uno"), ("due.txt", b"due")]
    listed = manifest("META-INF/signature001.p7s", files)
    parts = [
        ASIC_E, *files, ("META-INF/ASiCManifest001.xml", listed),
        ("META-INF/signature001.p7s", sign_cms(listed, signer, options=("-cades",))),
    ]  # fmt: skip
    assert check(container(parts))[0]["verdict"] == "valid"
    over = manifest("META-INF/timestamp001.tst", [*files, parts[4]])
    token = timestamp(ca.issue_tsa(), over, tmp_path, token=True)
    more = [*parts, ("META-INF/ASiCManifest002.xml", over), ("META-INF/timestamp001.tst", token)]
    report, reasons = check(container(more), at=NOW + 100 * DAY)
    assert report["verdict"] == "valid" and not reasons
    assert check(container(parts), at=NOW + 100 * DAY)[0]["verdict"] == "undetermined"
    changed = [(name, b"DUE" if name == "due.txt" else data) for name, data in parts]
    report, reasons = check(container(changed))
    assert report["verdict"] == "not_valid" and reasons == {"altered"}


def test_asic_e_with_xades(check, ca):
    signer = ca.issue()
    files = {"uno.txt": b"uno", "due.txt": b"due"}
    root = detached(signer, files)
    parts = [ASIC_E, *files.items(), ("META-INF/signatures001.xml", root)]
    report, reasons = check(container(parts))
    assert report["verdict"] == "valid" and not reasons and report["signatures"][0]["format"] == "ASiC-XAdES"
    changed = [(name, b"DUE" if name == "due.txt" else data) for name, data in parts]
    assert check(container(changed))[1] == {"altered"}
    assert check(container([*parts, ("tre.txt", b"tre")]))[1] == {"unsigned_file"}


def detached(pair, files, transforms="", within=None):
    """XAdES over bytes, put together as text: nothing of what is under test takes part.

    :param within: namespace (address, prefix) of the element that will hold the signature; inclusive canonical forms
        carry it along
    """
    import hashlib

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    def b64(data):
        return base64.b64encode(data).decode()

    def canonical(name):
        outer = f'<{within[1]}:X xmlns:{within[1]}="{within[0]}">{text}</{within[1]}:X>' if within else text
        return etree.tostring(etree.fromstring(outer).find(f".//{name}"), method="c14n", with_tail=False)

    sha = '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    refs = "".join(
        f'<ds:Reference URI="{name}">{transforms}{sha}<ds:DigestValue>{b64(hashlib.sha256(data).digest())}</ds:DigestValue></ds:Reference>'
        for name, data in files.items()
    )
    text = (
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="S"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{C14N}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>'
        f'{refs}<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#SP">{sha}'
        "<ds:DigestValue>@P@</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>@S@</ds:SignatureValue>"
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{b64(pair.der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        '<ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#S">'
        '<xades:SignedProperties Id="SP"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{NOW.isoformat()}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>{sha}"
        f"<ds:DigestValue>{b64(hashlib.sha256(pair.der).digest())}</ds:DigestValue></xades:CertDigest></xades:Cert>"
        "</xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties>"
        "</ds:Object></ds:Signature>"
    )
    if not within:
        text = f'<asic:XAdESSignatures xmlns:asic="http://uri.etsi.org/02918/v1.2.1#">{text}</asic:XAdESSignatures>'
    properties = canonical("{http://uri.etsi.org/01903/v1.3.2#}SignedProperties")
    text = text.replace("@P@", b64(hashlib.sha256(properties).digest()))
    r, s = utils.decode_dss_signature(pair.key.sign(canonical(f"{DS}SignedInfo"), ec.ECDSA(hashes.SHA256())))
    return text.replace("@S@", b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).encode()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\x", "META-INF//x"])
def test_path_traversal(check, asic_s, name):
    report, reasons = check(container([*asic_s, (name, b"x")]))
    assert report["verdict"] == "not_valid" and reasons == {"unsafe_archive"}


def test_zip_bomb(check, asic_s):
    bomb = container([*asic_s, ("bomba", bytes(300 * 1024 * 1024))], compression=zipfile.ZIP_DEFLATED)
    report, reasons = check(bomb)
    assert report["verdict"] != "valid" and reasons == {"too_large"}


def test_two_files_with_one_name(check, asic_s):
    with pytest.warns(UserWarning):
        data = container([*asic_s, ("determina.xml", b"<altro/>")])
    assert check(data)[1] == {"unsafe_archive"}


def test_bytes_around_the_container(check, asic_s):
    data = container(asic_s)
    assert check(data + b"x")[0]["verdict"] == "not_valid"
    assert check(data[:-10])[0]["verdict"] == "not_valid"
