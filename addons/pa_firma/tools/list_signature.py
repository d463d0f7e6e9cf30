"""The signature of a trusted list (TS 119 612, 5.7): whole list covered, by a certificate that is named, nothing weak."""

from asn1crypto import x509

from . import algorithms, identity, listed, xades, xml_canonical, xmldsig
from .errors import FirmaError

TSL = "http://uri.etsi.org/02231/v2#"


def tag(name):
    """Qualified name of an element of trusted lists."""
    return f"{{{TSL}}}{name}"


def parse(data):
    """Root of a trusted list; FirmaError when it is something else."""
    root = xml_canonical.parse(data)
    if root.tag != tag("TrustServiceStatusList"):
        raise FirmaError("trusted_list", "This is not a trusted list.")
    return root


class Certificates:
    """Reads the certificates of a list, each once however often it is written there."""

    def __init__(self):
        self._read = {}

    def below(self, node):
        """[(certificate, compact form)] below an element. One that cannot be read identifies nobody: a list is not refused
        for it."""
        found = [self._one(item.text or "") for item in node.iter(tag("X509Certificate"))]
        return [item for item in found if item]

    def _one(self, text):
        if text not in self._read:
            try:
                cert = x509.Certificate.load(xml_canonical.decode(text), strict=True)
                self._read[text] = cert, listed.describe(cert)
            except (FirmaError, ValueError, TypeError, KeyError):
                self._read[text] = None
        return self._read[text]


def signer(root):
    """Certificate whose key signed the whole list; whether it may is for the caller to say.

    :raises FirmaError: `list_unsigned` without exactly one signature, `list_altered` when it is not good
    """
    signatures = root.findall(xml_canonical.tag("Signature"))
    if len(signatures) != 1:
        raise FirmaError("list_unsigned", "it has not exactly one signature")
    try:
        return _signed_by(signatures[0], root)
    except FirmaError as error:
        raise FirmaError("list_altered", f"its signature is not good ({error.detail})") from error
    except Exception as error:  # fails closed
        raise FirmaError("list_altered", f"its signature cannot be read ({type(error).__name__})") from error


def _signed_by(signature, root):
    """Certificate that signed the whole list."""
    certs = xades.key_certificates(signature.find(xml_canonical.tag("KeyInfo")))
    cert, bound = xades.signing_certificate(certs, xades.qualifying_properties(signature), signature)
    if cert is None or bound == "other":
        raise FirmaError("trusted_list", "its certificate is missing or is another one")
    references = xmldsig.references(signature, xmldsig.identifiers(root), lambda _name: None)
    if not any(item.element is root and item.without in ("self", "signatures") for item in references):
        raise FirmaError("trusted_list", "it does not cover the whole list")
    if not all(item.good for item in references) or not xmldsig.key_signed(signature, cert):
        raise FirmaError("trusted_list", "the list was altered")
    weak = algorithms.weakness(xmldsig.signature_method(signature)[1], cert.public_key)
    if weak:
        raise FirmaError("trusted_list", weak[0])
    return cert


def among(cert, known):
    """Whether a certificate is one of these, byte by byte."""
    return any(cert.sha256 == item.sha256 for item in known)


def described(cert):
    """Who a signer is, for a person to recognise."""
    return f"{identity.signer_name(cert)[:200]}, SHA-256 {cert.sha256.hex()}"


def claimed(root):
    """Who seems to have signed the list, good or bad; empty when it cannot be read."""
    try:
        info = root.find(xml_canonical.tag("Signature")).find(xml_canonical.tag("KeyInfo"))
        return described(xades.key_certificates(info)[0])
    except Exception:  # said only when it can be read
        return ""
