"""The policy that a signature declares (EN 319 122-1, 5.2.9; EN 319 132-1, 5.2.9): shown, never followed nor fetched."""

from asn1crypto import core

from .cms_reader import attributes
from .xml_canonical import tag
from .xml_coverage import XADES

OID = "1.2.840.113549.1.9.16.2.15"
IMPLIED = "implied"


class _PolicyId(core.Sequence):
    _fields = [
        ("id", core.ObjectIdentifier),
        ("hash", core.Any, {"optional": True}),
        ("qualifiers", core.Any, {"optional": True}),
    ]


def of_cms(signer):
    """Its identifier as a URN, `implied`, or None; also when it cannot be read."""
    values = attributes(signer["signed_attrs"], OID)
    if not values:
        return None
    raw = values[0].dump()
    if raw[:1] == b"\x05":
        return IMPLIED
    try:
        return f"urn:oid:{_PolicyId.load(raw)['id'].dotted}"
    except (ValueError, TypeError, KeyError):
        return None


def of_xades(properties):
    """The same from SignaturePolicyIdentifier: the identifier as it is written."""
    path = ("SignedProperties", "SignedSignatureProperties", "SignaturePolicyIdentifier")
    node = properties.find("/".join(tag(name, XADES) for name in path)) if properties is not None else None
    if node is None:
        return None
    if node.find(tag("SignaturePolicyImplied", XADES)) is not None:
        return IMPLIED
    path = ("SignaturePolicyId", "SigPolicyId", "Identifier")
    return (node.findtext("/".join(tag(name, XADES) for name in path)) or "").strip()[:500] or None
