"""XAdES made with signxml, or put together as text."""

import base64

from by_hand import NOW
from lxml import etree
from signxml import DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.xades import XAdESSigner

INVOICE = b'<?xml version="1.0"?><doc xmlns="urn:x"><importo valuta="EUR">100,00</importo><nota>Determina n. 1</nota></doc>'
DS = "{http://www.w3.org/2000/09/xmldsig#}"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


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


def detached(pair, files, transforms="", within=None, stamps=""):
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
        f'<ds:Reference Id="R{number}" URI="{name}">{transforms}{sha}<ds:DigestValue>{b64(hashlib.sha256(data).digest())}</ds:DigestValue></ds:Reference>'
        for number, (name, data) in enumerate(files.items())
    )
    if stamps:
        stamps = f"<xades:SignedDataObjectProperties>{stamps}</xades:SignedDataObjectProperties>"
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
        f"</xades:SigningCertificateV2></xades:SignedSignatureProperties>{stamps}</xades:SignedProperties></xades:QualifyingProperties>"
        "</ds:Object></ds:Signature>"
    )
    if not within:
        text = f'<asic:XAdESSignatures xmlns:asic="http://uri.etsi.org/02918/v1.2.1#">{text}</asic:XAdESSignatures>'
    properties = canonical("{http://uri.etsi.org/01903/v1.3.2#}SignedProperties")
    text = text.replace("@P@", b64(hashlib.sha256(properties).digest()))
    r, s = utils.decode_dss_signature(pair.key.sign(canonical(f"{DS}SignedInfo"), ec.ECDSA(hashes.SHA256())))
    return text.replace("@S@", b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).encode()
