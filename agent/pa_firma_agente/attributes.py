"""What the agent accepts to sign: the DER signed attributes of a CAdES or PAdES signature, and nothing else.

Since the bytes can only be a canonical SET of known attributes that name one content digest and the very certificate, the
card is never made to sign a challenge, a token or a text chosen by the page.
"""

import hashlib
from dataclasses import dataclass

from asn1crypto import cms, core, tsp

from .problems import Problem

SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
MAX_BYTES = 16384

_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_DIGEST = "1.2.840.113549.1.9.4"
_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_REQUIRED = {_CONTENT_TYPE, _DIGEST, _CERTIFICATE_V2}
_ALLOWED = _REQUIRED | {
    "1.2.840.113549.1.9.5",  # signing time
    "1.2.840.113549.1.9.52",  # algorithm protection
    "1.2.840.113549.1.9.16.2.15",  # signature policy
    "1.2.840.113549.1.9.16.2.16",  # commitment type
    "1.2.840.113549.1.9.16.2.17",  # signer location
    "1.2.840.113549.1.9.16.2.18",  # signer attributes
    "1.2.840.113549.1.9.16.2.20",  # content time stamp
    "0.4.0.19122.1.1",  # signer attributes v2
    "1.2.840.113583.1.1.8",  # revocation information (PDF)
}


class _Attribute(core.Sequence):
    _fields = [("type", core.ObjectIdentifier), ("values", core.SetOf, {"spec": core.Any})]


class _Attributes(core.SetOf):
    _child_spec = _Attribute


@dataclass(frozen=True)
class SignedAttributes:
    """What the attributes say.

    :ivar message_digest: digest of the content that the signature covers
    """

    message_digest: bytes
    certificate_hash: bytes
    certificate_algorithm: str

    def check_certificate(self, der):
        """Refuse when they name another certificate."""
        if hashlib.new(self.certificate_algorithm, der).digest() != self.certificate_hash:
            raise _refusal("signing certificate")


def read(to_sign, algorithm):
    """The attributes in `to_sign`; refuses what is not the canonical DER of a signature's attributes.

    :raises Problem: `attributes`, with the reason in English
    """
    if not 0 < len(to_sign) <= MAX_BYTES:
        raise _refusal("size")
    try:
        found = _parse(to_sign)
        content_type = cms.ContentType.load(found[_CONTENT_TYPE], strict=True).native
        digest = core.OctetString.load(found[_DIGEST], strict=True).native
        named = tsp.SigningCertificateV2.load(found[_CERTIFICATE_V2], strict=True)["certs"][0]
        name = named["hash_algorithm"]["algorithm"].native
        attributes = SignedAttributes(digest, named["cert_hash"].native, name)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise _refusal("malformed") from error
    if content_type != "data":
        raise _refusal("content type")
    if len(digest) != SIZES[algorithm] or name not in SIZES:
        raise _refusal("digest algorithm")
    return attributes


def _parse(to_sign):
    """The only value (DER) of each attribute, by OID."""
    attributes = _Attributes.load(to_sign, strict=True)
    pieces = []
    found = {}
    for attribute in attributes:
        pieces.append(attribute.dump())
        oid, values = attribute["type"].dotted, list(attribute["values"])
        if oid in found or len(values) != 1 or oid not in _ALLOWED:
            raise _refusal(f"attribute {oid}")
        found[oid] = values[0].dump()
    if core.SetOf(contents=b"".join(sorted(pieces))).dump() != to_sign:
        raise _refusal("not DER")
    if not found.keys() >= _REQUIRED:
        raise _refusal("missing attributes")
    return found


def _refusal(reason):
    return Problem("attributes", reason=reason)
