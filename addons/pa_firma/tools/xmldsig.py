"""XML signatures (XMLDSig), with a closed list of what is allowed. No network, no entities, no stylesheets.

A reference resolves to one element only (an identifier met twice is refused: it is how wrapping attacks begin), and
what was really signed is told to the caller, who judges whether it is the document.
"""

import re
from urllib.parse import unquote

from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from lxml import etree

from . import algorithms
from .errors import FirmaError
from .xml_canonical import (
    CANONICAL,
    DEFAULT_C14N,
    DS,
    canonical,
    canonical_document,
    copy_without,
    decode,
    only,
    parse,
    tag,
)

_MORE, _MORE7, _ENC = (
    "http://www.w3.org/2001/04/xmldsig-more#",
    "http://www.w3.org/2007/05/xmldsig-more#",
    "http://www.w3.org/2001/04/xmlenc#",
)
ENVELOPED = DS + "enveloped-signature"
_BASE64 = DS + "base64"
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
DIGESTS = {
    _MORE + "md5": "md5", DS + "sha1": "sha1", _MORE + "sha224": "sha224", _ENC + "sha256": "sha256",
    _MORE + "sha384": "sha384", _ENC + "sha512": "sha512", _MORE7 + "sha3-256": "sha3_256", _MORE7 + "sha3-512": "sha3_512",
}  # fmt: skip
_SIGNATURES = {DS + "rsa-sha1": ("rsa", "sha1"), DS + "dsa-sha1": ("dsa", "sha1"), _MORE + "rsa-md5": ("rsa", "md5")}
for _size in ("224", "256", "384", "512"):
    _SIGNATURES[_MORE + f"rsa-sha{_size}"] = ("rsa", "sha" + _size)
    _SIGNATURES[_MORE + f"ecdsa-sha{_size}"] = ("ecdsa", "sha" + _size)
    _SIGNATURES[_MORE7 + f"sha{_size}-rsa-MGF1"] = ("pss", "sha" + _size)
_SIGNATURES[_MORE + "ecdsa-sha1"] = ("ecdsa", "sha1")
MAX_SIGNATURES = 50
MAX_REFERENCES = 200
_WITHOUT_SIGNATURES = {
    "not(ancestor-or-self::Signature)",
    "not(ancestor-or-self::*[local-name()='Signature'])",
}
# Without this very signature (XMLDSig, 6.6.3; XML-Signature XPath Filter 2.0, 3.4), spaces and prefixes taken off.
_WITHOUT_SELF = "count(ancestor-or-self::Signature|here()/ancestor::Signature[1])>count(ancestor-or-self::Signature)"
_SUBTRACTED = {"here()/ancestor::Signature[1]": "self", "/descendant::Signature": "signatures", "//Signature": "signatures"}


def digest_name(element):
    """Name of the digest of a DigestMethod element."""
    uri = element.get("Algorithm", "")
    if uri not in DIGESTS:
        raise FirmaError("unsupported", f"The digest algorithm {uri} is not known.")
    return DIGESTS[uri]


def identifiers(root):
    """Elements by identifier; a repeated one maps to None."""
    found = {}
    for element in root.iter(etree.Element):
        names = {element.get(name) for name in ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")}
        for name in names - {None}:
            found[name] = None if name in found else element
    return found


class Reference:
    """One ds:Reference: what it points at, and whether its digest is right.

    `element` is the signed element (the root for the whole document), `external` the name of a file outside;
    `without` tells what the transforms leave out: "", "self" (this signature) or "signatures" (all of them);
    `text_only` that only the text is signed (base64), not the element that holds it.
    """

    def __init__(self, node, signature, ids, external):
        self.node, self.uri, self.type = node, node.get("URI"), node.get("Type", "")
        self.element, self.external, self.without, self.text_only = None, None, "", False
        self.digest_algorithm = digest_name(only(node, "DigestMethod"))
        self._signature = signature
        self._resolve(signature, ids, external)
        data = self._transformed()
        wanted = decode(only(node, "DigestValue").text)
        self.good = algorithms.digest(self.digest_algorithm, data) == wanted

    def _resolve(self, signature, ids, external):
        uri = self.uri
        if uri in ("", "#xpointer(/)"):
            self.element = signature.getroottree().getroot()
            return
        match = re.fullmatch(r"#(?:xpointer\(id\(['\"](.+)['\"]\)\)|(.+))", uri or "")
        if match:
            name = match.group(1) or match.group(2)
            if name not in ids:
                raise FirmaError("malformed", f"What the signature refers to ({name}) is missing.")
            if ids[name] is None:
                raise FirmaError("wrapping", f"What the signature refers to ({name}) is there more than once.")
            self.element = ids[name]
            return
        self.external = unquote(uri or "")
        self.data = external(self.external)
        if self.data is None:
            raise FirmaError("detached", f"the signed file {self.external or '(unnamed)'} is not inside: give it with --original")

    def octets(self, uri, method=None):
        """What is signed, as bytes; in this canonical form where the transforms leave it open (a set of nodes)."""
        return self._transformed(uri, method)

    def _transformed(self, uri=DEFAULT_C14N, method=None):
        transforms, signature = self.node.find(tag("Transforms")), self._signature
        steps = [] if transforms is None else transforms.findall(tag("Transform"))
        if self.external is not None:
            return self._bytes(self.data, steps)
        target = self.element
        for number, step in enumerate(steps):
            name = step.get("Algorithm", "")
            if name in CANONICAL:
                if number != len(steps) - 1:
                    raise FirmaError("unsupported", "Transforms after the canonical form are not supported.")
                uri, method = name, step
            elif name == _BASE64 and number == len(steps) - 1:
                self.text_only = True
                return decode("".join(target.itertext()))
            else:
                target = self._without(target, signature, step, name)
        if not self.uri.startswith("#xpointer"):
            uri = uri.removesuffix("#WithComments")  # such a reference leaves comments out already (XMLDSig 4.4.3.3)
            uri += "#" if uri.endswith("exc-c14n") else ""
        if self.uri in ("", "#xpointer(/)"):
            return canonical_document(target, uri, method)
        return canonical(target, uri, method)

    def _bytes(self, data, steps):
        for step in steps:
            name = step.get("Algorithm", "")
            if name in CANONICAL:
                data = canonical_document(parse(data), name, step)
            elif name == _BASE64:
                data = decode(data.decode("latin-1"))
            else:
                raise FirmaError("unsupported", f"The transform {name} is not supported.")
        return data

    def _without(self, target, signature, step, name):
        """A copy of the target without this signature, or without any."""
        left_out = _left_out(step, name)
        if left_out == "self":
            self.without = self.without or "self"
            return copy_without(target, [signature] if _is_below(signature, target) else [])
        if not left_out:
            raise FirmaError("unsupported", f"The transform {name} is not supported.")
        self.without = "signatures"
        outer = [s for s in target.iter(tag("Signature")) if not any(a.tag == tag("Signature") for a in s.iterancestors())]
        return copy_without(target, outer)


def _normal(xpath):
    return re.sub(r"\s+|(?<=::|//)[A-Za-z_][\w.-]*:(?=Signature)", "", xpath or "")


def _left_out(step, name):
    """What a transform leaves out: "self", "signatures", or empty when it is another one."""
    if name == ENVELOPED:
        return "self"
    if name == _XPATH:
        xpath = _normal(step.findtext(tag("XPath")))
        return "self" if xpath == _WITHOUT_SELF else "signatures" if xpath in _WITHOUT_SIGNATURES else ""
    filters = step.findall(tag("XPath", _FILTER2)) if name == _FILTER2 else []
    if len(filters) != 1 or filters[0].get("Filter") != "subtract":
        return ""
    return _SUBTRACTED.get(_normal(filters[0].text), "")


def _is_below(element, ancestor):
    return any(item is ancestor for item in element.iterancestors())


def references(signature, ids, external):
    """Every reference of a signature, resolved and digested."""
    nodes = only(signature, "SignedInfo").findall(tag("Reference"))
    if not nodes or len(nodes) > MAX_REFERENCES:
        raise FirmaError("malformed", "The signature refers to nothing, or to too much.")
    return [Reference(node, signature, ids, external) for node in nodes]


def signature_method(signature):
    """(kind of key, digest) of the signature; a keyed digest (HMAC) is not a signature."""
    uri = only(only(signature, "SignedInfo"), "SignatureMethod").get("Algorithm", "")
    if uri not in _SIGNATURES:
        raise FirmaError("unsupported", f"The signature algorithm {uri} is not supported.")
    return _SIGNATURES[uri]


def key_signed(signature, cert):
    """Does the certificate's key verify the signature over SignedInfo?"""
    info = only(signature, "SignedInfo")
    method = only(info, "CanonicalizationMethod")
    data = canonical(info, method.get("Algorithm", ""), method)
    value = decode(only(signature, "SignatureValue").text)
    kind, digest = signature_method(signature)
    key = algorithms.load_public_key(cert.public_key.dump())
    used = algorithms.hash_object(digest)
    if kind in ("ecdsa", "dsa"):
        half = len(value) // 2
        value = utils.encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
    if (kind == "ecdsa") != isinstance(key, ec.EllipticCurvePublicKey):
        return False
    scheme = padding.PKCS1v15()
    if kind == "pss":
        scheme = padding.PSS(mgf=padding.MGF1(used), salt_length=used.digest_size)
    return algorithms.check(key, scheme, used, value, data)
