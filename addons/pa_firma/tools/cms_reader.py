"""Reads CMS SignedData from the bytes of a signature: DER, or BER with indefinite lengths."""

from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.ades import cades_asn1  # noqa: F401 - registers the attributes of CAdES

from . import algorithms, ber, cms_skeleton
from .errors import FirmaError
from .revocation import basic_response
from .trust import Evidence

MAX_SIGNERS = 100
OID_DATA = "1.2.840.113549.1.7.1"
OID_SIGNED_DATA = "1.2.840.113549.1.7.2"
OID_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_ADOBE_REVOCATION = "1.2.840.113583.1.1.8"
_REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
_CERTIFICATE_VALUES = "1.2.840.113549.1.9.16.2.23"
_OCSP_FORMATS = {"1.3.6.1.5.5.7.16.2", "1.3.6.1.5.5.7.48.1.1"}


def load(data, *, trailing=b""):
    """SignedData from the bytes of a ContentInfo.

    Where its content came in pieces, `written` is the EncapsulatedContentInfo as it was written.

    :param trailing: bytes allowed after it, repeated (zeros fill the room of a PDF signature)
    :raises FirmaError: not a SignedData, or something follows it
    """
    size = element_size(data)
    if data[size:].strip(trailing or b"\r\n"):
        raise FirmaError("trailing", "Bytes follow the signature.")
    cms_skeleton.check(data[:size])
    plain = ber.in_one_piece(data[:size])
    info = cms.ContentInfo.load(plain)
    if info["content_type"].dotted != OID_SIGNED_DATA:
        raise FirmaError("unsupported", f"This CMS is not signed data but {info['content_type'].native}.")
    signed = info["content"]
    if len(signed["signer_infos"]) > MAX_SIGNERS:
        raise FirmaError("too_large", f"More than {MAX_SIGNERS} signatures.")
    signed.written = ber.content_as_written(data[:size]) if plain != data[:size] else None
    return signed


def element_size(data):
    """Length of the first ASN.1 element; FirmaError when it is not whole."""
    return ber.element(data, 0)[3]


def content(signed):
    """Signed bytes inside, or None when they are elsewhere (detached)."""
    value = signed["encap_content_info"]["content"]
    if value is None or isinstance(value, core.Void):
        return None
    if isinstance(value, core.OctetString):
        return octets(value)
    if isinstance(value, core.Any):  # PKCS#7 of before CMS: any type, whose value (not tag and length) is signed
        return value.parsed.contents
    return value.contents


def octets(value):
    """Bytes of an octet string, also when it comes in pieces."""
    return bytes(value)


def certificates(signed):
    """X.509 certificates that the SignedData carries (attribute certificates are left out)."""
    found = []
    for item in signed["certificates"] or []:
        if item.name == "certificate":
            found.append(item.chosen)
    return found


def unique(items):
    """Certificates without repetitions, in order."""
    return list({item.sha256: item for item in items}.values())


def damaged(certs, known=()):
    """Whether a certificate does not stand by the issuer that is beside it (changed after signing: nothing covers it)."""
    for cert in certs:
        issuers = [item for item in [*certs, *known] if item.subject == cert.issuer]
        key = cert.authority_key_identifier
        if key is not None:
            issuers = [item for item in issuers if item.key_identifier in (None, key)]
        if issuers and not any(algorithms.signed_by(cert, item) for item in issuers):
            return True
    return False


def evidence(signed):
    """Certificates and revocation statements of the SignedData and of its signers' attributes."""
    found = Evidence(certs=certificates(signed))
    for item in signed["crls"] or []:
        if item.name == "crl":
            found.crls.append(item.chosen.dump())
        elif item.name == "other" and item.chosen["other_rev_info_format"].dotted in _OCSP_FORMATS:
            found.ocsps.append(item.chosen["other_rev_info"].dump())
    for signer in signed["signer_infos"]:
        _from_attributes(found, signer)
    return found


def attributes(attrs, oid):
    """Values of every attribute with this identifier."""
    found = []
    for attr in attrs or []:
        if attr["type"].dotted == oid:
            found.extend(attr["values"])
    return found


def _from_attributes(found, signer):
    for value in attributes(signer["unsigned_attrs"], _CERTIFICATE_VALUES):
        found.certs.extend(_Certificates.load(value.dump()))
    for value in attributes(signer["unsigned_attrs"], _REVOCATION_VALUES):
        values = _RevocationValues.load(value.dump())
        found.crls.extend(item.dump() for item in values["crl_vals"] or [])
        found.ocsps.extend(item.dump() for item in values["ocsp_vals"] or [])
    for value in attributes(signer["signed_attrs"], _ADOBE_REVOCATION):
        values = _AdobeRevocation.load(value.dump())
        found.crls.extend(item.dump() for item in values["crl"] or [])
        for item in values["ocsp"] or []:
            basic_response(item.dump())
            found.ocsps.append(item.dump())


class _Certificates(core.SequenceOf):
    _child_spec = asn1_x509.Certificate


class _Anys(core.SequenceOf):
    _child_spec = core.Any


class _RevocationValues(core.Sequence):
    """RFC 5126, 6.3.4."""

    _fields = [
        ("crl_vals", _Anys, {"explicit": 0, "optional": True}),
        ("ocsp_vals", _Anys, {"explicit": 1, "optional": True}),
        ("other", core.Any, {"explicit": 2, "optional": True}),
    ]


class _AdobeRevocation(core.Sequence):
    """ISO 32000-1, 12.8.3.3.2."""

    _fields = [
        ("crl", _Anys, {"explicit": 0, "optional": True}),
        ("ocsp", _Anys, {"explicit": 1, "optional": True}),
        ("other", core.Any, {"explicit": 2, "optional": True}),
    ]
