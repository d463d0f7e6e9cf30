"""XAdES signatures (ETSI EN 319 132-1, baseline B-B and B-T) inside the XML that they sign, with any of the signers.

The signature covers the whole document without its signatures, so that several people can sign the same XML, each
without breaking the others'.
"""

import asyncio
import base64
import hashlib
from datetime import datetime, timezone

from cryptography.hazmat.primitives.asymmetric import utils
from lxml import etree

from . import xml_canonical, xmldsig
from .errors import FirmaError
from .pades import SignatureRequest, check_certificate, translated
from .stamper import Stamper
from .xades import SIGNED_PROPERTIES, XADES
from .xml_canonical import DS, EXCLUSIVE

_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_METHODS = {
    "rsa": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "ec": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
}
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"


def sign_xml(data, signer, request=None, *, moment=None):
    """The XML with one more signature as the last child of its root.

    :param moment: signing time declared; now when missing
    :raises FirmaError: it cannot be read or has a document type, certificate that cannot sign, no timestamp
    """
    request = request or SignatureRequest()
    check_certificate(signer.signing_cert)
    draft = Draft(data, signer.signing_cert, signer.cert_registry, request, moment or datetime.now(timezone.utc))
    try:
        return draft.complete(asyncio.run(signer.async_sign_raw(draft.to_sign, "sha256")))
    except FirmaError:
        raise
    except Exception as error:  # as in pades: the key and the network each have their own families
        raise translated(error, request) from error


class Draft:
    """An XML with one more signature, complete but for its value; the same every time from the same arguments.

    :ivar to_sign: what the key must sign
    """

    def __init__(self, data, cert, chain, request, moment):
        if len(data) > request.max_bytes:
            raise FirmaError("too_large", "The file is too large.")
        self._cert, self._request = cert, request
        self._root = xml_canonical.parse(data)
        self._signature = _signature(self._root, data, cert, chain, moment)
        self.to_sign = xml_canonical.canonical(self._signature.find(_ds("SignedInfo")), EXCLUSIVE)

    def complete(self, value):
        """The signed XML (timestamped when an authority is given).

        :param value: of the signature: PKCS#1 v1.5, or ECDSA in DER
        """
        key = self._cert.public_key
        if key.algorithm == "ec":  # XML writes the two numbers side by side
            size = (key.bit_size + 7) // 8
            value = b"".join(number.to_bytes(size, "big") for number in utils.decode_dss_signature(value))
        self._signature.find(_ds("SignatureValue")).text = _base64(value)
        if self._request.tsa_url:
            _timestamp(self._signature, self._request)
        tree = self._root.getroottree()
        return etree.tostring(tree, xml_declaration=True, encoding=tree.docinfo.encoding or "UTF-8")


def _signature(root, data, cert, chain, moment):
    """The signature in its place, complete but for its value."""
    bare = xml_canonical.without_signatures(root)
    if bare is None:
        raise FirmaError("unsupported", "The XML is itself a signature.")
    name = "S-" + hashlib.sha256(data + cert.dump()).hexdigest()[:24]
    if name in xmldsig.identifiers(root):
        raise FirmaError("already_signed", "This certificate already signed the document.")
    signature = etree.SubElement(root, _ds("Signature"), Id=name, nsmap={"ds": DS})
    info = etree.SubElement(signature, _ds("SignedInfo"))
    etree.SubElement(info, _ds("CanonicalizationMethod"), Algorithm=EXCLUSIVE)
    etree.SubElement(info, _ds("SignatureMethod"), Algorithm=_METHODS[cert.public_key.algorithm])
    _text(signature, _ds("SignatureValue"), "", Id=f"{name}-value")
    _key_info(signature, cert, chain)
    properties = _properties(signature, name, cert, moment)
    document = _reference(info, "", xml_canonical.canonical_document(bare, EXCLUSIVE, None), Id=f"{name}-doc")
    _without_signatures(document)
    _reference(info, f"#{name}-properties", xml_canonical.canonical(properties, EXCLUSIVE), Type=SIGNED_PROPERTIES)
    return signature


def _reference(info, uri, covered, **attributes):
    reference = etree.SubElement(info, _ds("Reference"), URI=uri, **attributes)
    transforms = etree.SubElement(reference, _ds("Transforms"))
    etree.SubElement(transforms, _ds("Transform"), Algorithm=EXCLUSIVE)
    _digest(reference, covered)
    return reference


def _without_signatures(reference):
    step = etree.Element(_ds("Transform"), Algorithm=_XPATH)
    _text(step, _ds("XPath"), "not(ancestor-or-self::ds:Signature)")
    reference.find(_ds("Transforms")).insert(0, step)


def _key_info(signature, mine, chain):
    """The signer's certificate and those of its chain, without the root."""
    data = etree.SubElement(etree.SubElement(signature, _ds("KeyInfo")), _ds("X509Data"))
    others = [cert for cert in chain if cert.sha256 != mine.sha256 and cert.self_signed == "no"]
    for cert in [mine, *others]:
        _text(data, _ds("X509Certificate"), _base64(cert.dump()))


def _properties(signature, name, cert, moment):
    node = etree.SubElement(signature, _ds("Object"))
    qualifying = etree.SubElement(node, _xades("QualifyingProperties"), Target=f"#{name}", nsmap={"xades": XADES})
    signed = etree.SubElement(qualifying, _xades("SignedProperties"), Id=f"{name}-properties")
    about = etree.SubElement(signed, _xades("SignedSignatureProperties"))
    _text(about, _xades("SigningTime"), moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    wanted = etree.SubElement(etree.SubElement(about, _xades("SigningCertificateV2")), _xades("Cert"))
    _digest(etree.SubElement(wanted, _xades("CertDigest")), cert.dump())
    data = etree.SubElement(signed, _xades("SignedDataObjectProperties"))
    form = etree.SubElement(data, _xades("DataObjectFormat"), ObjectReference=f"#{name}-doc")
    _text(form, _xades("MimeType"), "text/xml")
    return signed


def _timestamp(signature, request):
    covered = xml_canonical.canonical(signature.find(_ds("SignatureValue")), EXCLUSIVE)
    stamper = Stamper(request.tsa_url, request.tsa_timeout)
    token = asyncio.run(stamper.async_timestamp(hashlib.sha256(covered).digest(), "sha256"))
    node = next(signature.iter(_xades("QualifyingProperties")))
    for name in ("UnsignedProperties", "UnsignedSignatureProperties", "SignatureTimeStamp"):
        node = etree.SubElement(node, _xades(name))
    etree.SubElement(node, _ds("CanonicalizationMethod"), Algorithm=EXCLUSIVE)
    _text(node, _xades("EncapsulatedTimeStamp"), _base64(token.dump()))


def _digest(node, covered):
    etree.SubElement(node, _ds("DigestMethod"), Algorithm=_SHA256)
    _text(node, _ds("DigestValue"), _base64(hashlib.sha256(covered).digest()))


def _text(parent, name, text, **attributes):
    node = etree.SubElement(parent, name, attributes)
    node.text = text
    return node


def _base64(raw):
    return base64.b64encode(raw).decode()


def _ds(name):
    return xml_canonical.tag(name)


def _xades(name):
    return xml_canonical.tag(name, XADES)
