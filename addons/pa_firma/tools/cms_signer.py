"""One SignerInfo of a CMS: is it whole, and does it come from the key of the certificate that it names?"""

import hashlib

from asn1crypto import core, tsp

from . import algorithms, ber
from .cms_reader import OID_DATA, attributes
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, problem, warning

CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = (f"1.2.840.113549.1.9.{n}" for n in (3, 4, 5))
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2 = (f"1.2.840.113549.1.9.16.2.{n}" for n in (12, 47))
_ONCE = (CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME, ALGORITHM_PROTECTION, SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2)


def find_certificate(signer, certs):
    """The certificate that the SignerInfo names, or None."""
    wanted = signer["sid"]
    for cert in certs:
        if wanted.name == "issuer_and_serial_number":
            same = cert.issuer == wanted.chosen["issuer"]
            if same and cert.serial_number == wanted.chosen["serial_number"].native:
                return cert
        elif cert.key_identifier == wanted.chosen.native:
            return cert
    return None


def signed_bytes(signer):
    """The possible forms of the signed attributes: as they came, sorted anew, and as DER when they came in BER."""
    pieces = [item.dump() for item in signer["signed_attrs"]]
    came = core.SetOf(contents=b"".join(pieces)).dump()
    yield came
    for items in (sorted(pieces), sorted(ber.definite(item) for item in pieces)):
        if (again := core.SetOf(contents=b"".join(items)).dump()) != came:
            yield again


def check_integrity(facts, signer, cert, digest, content_type=OID_DATA, *, countersignature=False):
    """Set `integrity` and what follows from it.

    :param digest: function from an algorithm's name to the digest of what must have been signed (from None to its bytes)
    """
    used = algorithms.digest_of_signature(signer["digest_algorithm"]["algorithm"])
    facts["digest_algorithm"] = algorithms.name(used)
    facts["signature_algorithm"] = str(signer["signature_algorithm"]["algorithm"].native)
    facts["signature_sha256"] = hashlib.sha256(signer["signature"].native).hexdigest()
    facts["integrity"] = False
    attrs = signer["signed_attrs"]
    if not len(attrs or []):
        _check_bare(facts, signer, cert, digest, used, content_type)
        return
    trouble = _check_attributes(signer, attrs, content_type, countersignature)
    if trouble:
        problem(facts, NOT_VALID, "malformed", trouble)
        return
    if attributes(attrs, MESSAGE_DIGEST)[0].native != digest(used):
        problem(facts, NOT_VALID, "altered", "the document was altered after this signature")
        return
    _check_key(facts, signer, cert, signed_bytes(signer), used)
    _check_binding(facts, attrs, cert)


def _check_bare(facts, signer, cert, digest, used, content_type):
    """Without signed attributes the content itself is signed; nothing binds the certificate or the time."""
    if content_type != OID_DATA:
        problem(facts, NOT_VALID, "malformed", "the signed attributes are missing")
        return
    facts["signing_certificate"] = False
    raw = digest(None)
    if raw is None or raw[:1] == b"\x31":
        # the signed attributes of another signature can be passed off as a content of this kind
        problem(facts, UNDETERMINED, "ambiguous", "the signature has no signed attributes and its content looks like some")
        return
    warning(facts, "no_attributes", "The signature has no signed attributes (neither CAdES nor PAdES).")
    _check_key(facts, signer, cert, [raw], used)


def _check_attributes(signer, attrs, content_type, countersignature):
    kinds = [attr["type"].dotted for attr in attrs]
    for oid in _ONCE:
        if kinds.count(oid) > 1 or len(attributes(attrs, oid)) > 1:
            return "a signed attribute is repeated"
    if MESSAGE_DIGEST not in kinds:
        return "the signed digest is missing"
    if countersignature:
        return "a countersignature says a type of content" if CONTENT_TYPE in kinds else ""
    if CONTENT_TYPE not in kinds or attributes(attrs, CONTENT_TYPE)[0].dotted != content_type:
        return "the signed type of content is missing or is another one"
    for value in attributes(attrs, ALGORITHM_PROTECTION):
        if (
            value["digest_algorithm"].dump() != signer["digest_algorithm"].dump()
            or value["signature_algorithm"].untag().dump() != signer["signature_algorithm"].dump()
        ):
            return "the algorithms were exchanged"
    return ""


def _check_key(facts, signer, cert, candidates, used):
    algorithm = signer["signature_algorithm"]
    if algorithms.name(algorithms.digest_name(algorithm, used)) != algorithms.name(used):
        problem(facts, UNDETERMINED, "malformed", "the digest algorithm and the signature algorithm disagree")
    try:
        good = any(
            algorithms.verify(cert.public_key.dump(), algorithm, signer["signature"].native, data, used)
            for data in candidates
        )
    except FirmaError as error:
        facts["integrity"] = None
        problem(facts, UNDETERMINED, error.code, error.detail)
        return
    facts["integrity"] = good
    if not good:
        problem(facts, NOT_VALID, "cryptography", "the signature does not come from the certificate's key")


def _check_binding(facts, attrs, cert):
    """The signed attribute that names the certificate, without which another one could be put in its place."""
    facts["signing_certificate"] = False
    found = attributes(attrs, SIGNING_CERTIFICATE_V2) or attributes(attrs, SIGNING_CERTIFICATE)
    if not found:
        return
    first = found[0]["certs"][0]
    used = "sha1"
    if isinstance(found[0], tsp.SigningCertificateV2):
        used = first["hash_algorithm"]["algorithm"].native
    same = first["cert_hash"].native == algorithms.digest(used, cert.dump())
    serial = first["issuer_serial"]
    if same and serial.native is not None:
        names = [name.chosen for name in serial["issuer"] if name.name == "directory_name"]
        same = serial["serial_number"].native == cert.serial_number and cert.issuer in names
    facts["signing_certificate"] = True
    if not same:
        facts["integrity"] = False
        problem(facts, NOT_VALID, "certificate_mismatch", "the certificate is not the one that the signer signed for")


def claimed_time(signer):
    """Signing time that the signer declares, or None; it proves nothing, so one that cannot be read spoils nothing."""
    values = attributes(signer["signed_attrs"], SIGNING_TIME)
    try:
        value = values[0].native if values else None
    except ValueError:
        return None
    return value if getattr(value, "tzinfo", None) else None
