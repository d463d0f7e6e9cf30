"""One signature of a PDF: integrity, coverage, what came later, the chain and the time that is proved."""

from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.sign import validation
from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from . import identity

VALID, NOT_VALID, UNDETERMINED = "valid", "not_valid", "undetermined"
_WEAK = {"md5", "sha1"}
_NOT_VALID_CAUSES = {"REVOKED", "EXPIRED", "NOT_YET_VALID", "FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE"}


async def verify_signature(reader, data, name, field, anchors, moment, diff_policy):
    """JSON-ready facts of one signature, with `problems` as (severity, code, detail)."""
    facts = _blank(name)
    try:
        embedded = EmbeddedPdfSignature(reader, field, name)
        facts["signed_until"] = int(embedded.byte_range[2]) + int(embedded.byte_range[3])
        if str(embedded.sig_object_type) == "/DocTimeStamp":
            await _document_timestamp(facts, embedded, data, anchors, moment, diff_policy)
        else:
            await _signature(facts, embedded, data, anchors, moment, diff_policy)
    except Exception as error:  # fails closed: an unreadable signature is never a good one
        _problem(facts, NOT_VALID, "malformed", f"the signature cannot be read ({type(error).__name__})")
        facts["integrity"] = False
    severities = {problem[0] for problem in facts["problems"]}
    facts["verdict"] = next((s for s in (NOT_VALID, UNDETERMINED) if s in severities), VALID)
    return facts


def _blank(name):
    return {
        "field": name,
        "format": "unknown",
        "level": "",
        "integrity": None,
        "covers_whole_file": None,
        "later_changes": None,
        "signer": "",
        "organization": "",
        "codice_fiscale": "",
        "issuer": "",
        "serial": "",
        "not_before": None,
        "not_after": None,
        "certificate_sha256": "",
        "certificate_valid": None,
        "key_usage_ok": None,
        "qualified": False,
        "qualified_declared": None,
        "signing_time": None,
        "timestamp": None,
        "revocation": "not_checked",
        "signed_until": None,
        "warnings": [],
        "problems": [],
    }


def _problem(facts, severity, code, detail):
    facts["problems"].append((severity, code, detail))


async def _signature(facts, embedded, data, anchors, moment, diff_policy):
    subfilter = str(embedded.sig_object["/SubFilter"])
    facts["format"] = "PAdES" if subfilter == "/ETSI.CAdES.detached" else "PDF-PKCS7"
    facts.update(identity.describe_certificate(embedded.signer_cert))
    claimed = embedded.self_reported_timestamp
    facts["signing_time"] = claimed.isoformat() if claimed else None
    status = await _validate(embedded, anchors, moment, moment, diff_policy)
    proved = _timestamp(facts, status.timestamp_validity)
    if proved and proved <= moment:
        status = await _validate(embedded, anchors, proved, moment, diff_policy)
    facts["level"] = ("B-T" if proved else "B-B") if facts["format"] == "PAdES" else "CMS"
    _integrity(facts, status)
    _coverage(facts, embedded, data, docmdp_ok=status.docmdp_ok)
    _weakness(facts, status, embedded)
    _trust(facts, status, anchors, proved, moment)
    if not facts["key_usage_ok"]:
        _problem(facts, NOT_VALID, "key_usage", "the certificate is not meant for signing (no non-repudiation)")


async def _validate(embedded, anchors, moment, now, diff_policy):
    # Key usage is judged apart, so that the report can tell a bad chain from a key of the wrong kind.
    return await validation.async_validate_pdf_signature(
        embedded,
        signer_validation_context=_context(anchors, moment),
        ts_validation_context=_context(anchors, now),
        diff_policy=diff_policy,
        key_usage_settings=KeyUsageConstraints(key_usage=set()),
    )


def _context(anchors, moment):
    # Nothing is fetched: addresses in a hostile certificate may point inside the network.
    return ValidationContext(
        trust_roots=list(anchors),
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def _timestamp(facts, token):
    """The time that a trusted authority proves, or None."""
    if token is None:
        return None
    sound, trusted = token.intact and token.valid, token.trusted
    facts["timestamp"] = {
        "time": token.timestamp.isoformat(),
        "authority": identity.signer_name(token.signing_cert),
        "integrity": bool(sound),
        "trusted": bool(sound and trusted),
    }
    if not sound:
        _problem(facts, NOT_VALID, "timestamp", "the timestamp does not match the signature")
    elif not trusted:
        facts["warnings"].append({"code": "timestamp", "detail": "The timestamp authority is not trusted."})
    return token.timestamp if sound and trusted else None


def _integrity(facts, status):
    facts["integrity"] = bool(status.intact and status.valid)
    if not status.intact:
        _problem(facts, NOT_VALID, "altered", "the document was altered after this signature")
    elif not status.valid:
        _problem(facts, NOT_VALID, "cryptography", "the signature does not come from the certificate's key")


def _coverage(facts, embedded, data, *, docmdp_ok):
    facts["covers_whole_file"] = _covers_all(embedded, data)
    facts["later_changes"] = "none"
    if _padding(embedded):
        _problem(facts, NOT_VALID, "not_covered", "bytes were added behind the signature, in the room left for it")
    if facts["covers_whole_file"]:
        return
    outcome = embedded.diff_result
    partial = embedded.coverage not in (SignatureCoverageLevel.ENTIRE_REVISION, SignatureCoverageLevel.ENTIRE_FILE)
    if partial or not _tail_is_revisions(embedded, data):
        facts["later_changes"] = "not_covered"
        _problem(facts, NOT_VALID, "not_covered", "the file holds bytes that this signature does not cover")
    elif outcome is None or isinstance(outcome, SuspiciousModification):
        facts["later_changes"] = "forbidden"
        _problem(facts, NOT_VALID, "changed", "the document was changed after this signature")
    elif docmdp_ok is False:
        facts["later_changes"] = "forbidden"
        _problem(facts, NOT_VALID, "changed", "the document was changed beyond what its certification allows")
    else:
        level = outcome.modification_level
        facts["later_changes"] = "validation_data" if level <= ModificationLevel.LTA_UPDATES else "signatures"


def _padding(embedded):
    """What follows the signature in its reserved room; only zeros may, since no signature covers it."""
    content = embedded.pkcs7_content
    size = len(cms.ContentInfo.load(content).dump())
    return content[size:].strip(b"\0")


def _covers_all(embedded, data):
    """Byte range checked by hand: from the first byte to the last, the hole being exactly the signature's hexadecimal."""
    values = list(embedded.byte_range)
    if len(values) != 4 or not all(isinstance(v, generic.NumberObject) for v in values):
        return False
    start, size1, start2, size2 = (int(v) for v in values)
    hole = data[size1:start2]
    return (
        start == 0
        and size1 > 0
        and size2 > 0
        and start2 + size2 == len(data)
        and hole[:1] == b"<"
        and hole[-1:] == b">"
        and len(hole) == len(embedded.pkcs7_content) * 2 + 2
    )


def _tail_is_revisions(embedded, data):
    """What follows the signed part is as many complete revisions as the reader sees, and nothing after the last."""
    end = int(embedded.byte_range[2]) + int(embedded.byte_range[3])
    tail = data[end:]
    later = embedded.reader.xrefs.total_revisions - 1 - embedded.signed_revision
    return later > 0 and tail.count(b"startxref") == later and tail.rstrip(b"\r\n").endswith(b"%%EOF")


def _weakness(facts, status, embedded):
    algorithms = {status.md_algorithm.lower()}
    key_size = getattr(embedded.signer_cert.public_key, "bit_size", 0)
    if algorithms & _WEAK:
        _problem(facts, UNDETERMINED, "weak_algorithm", f"weak digest algorithm ({status.md_algorithm})")
    if embedded.signer_cert.public_key.algorithm == "rsa" and key_size < 2048:
        _problem(facts, UNDETERMINED, "weak_algorithm", f"RSA key of {key_size} bits")


def _outside(cert, moment):
    validity = cert["tbs_certificate"]["validity"]
    return not validity["not_before"].native <= moment <= validity["not_after"].native


def _trust(facts, status, anchors, proved, moment):
    facts["certificate_valid"] = bool(status.trusted)
    if facts["qualified_declared"]:
        facts["warnings"].append(
            {"code": "qualified_declared", "detail": "Declared as qualified, not confirmed by a trusted list."}
        )
    facts["warnings"].append({"code": "revocation", "detail": "Revocation was not checked."})
    if status.trusted or not facts["integrity"]:
        return
    cause = getattr(status.trust_problem_indic, "name", "") or "NO_CERTIFICATE_CHAIN_FOUND"
    if not anchors:
        _problem(facts, UNDETERMINED, "untrusted", "no trust anchors were given")
    elif _outside(status.signing_cert, proved or moment) or cause in ("EXPIRED", "NOT_YET_VALID"):
        severity = NOT_VALID if proved else UNDETERMINED
        _problem(facts, severity, "expired", "the certificate was not valid at that time (expired, or not yet valid)")
    elif cause == "REVOKED" or status.revoked:
        facts["revocation"] = "revoked"
        _problem(facts, NOT_VALID, "revoked", "the certificate is revoked")
    elif cause in _NOT_VALID_CAUSES:
        _problem(facts, NOT_VALID, "cryptography", f"the signature fails validation ({cause})")
    else:
        _problem(facts, UNDETERMINED, "untrusted", f"the certificate does not lead to a trusted authority ({cause})")


async def _document_timestamp(facts, embedded, data, anchors, moment, diff_policy):
    facts["format"], facts["level"] = "DocTimeStamp", ""
    facts["signer"] = identity.signer_name(embedded.signer_cert)
    status = await validation.async_validate_pdf_timestamp(embedded, _context(anchors, moment), diff_policy)
    facts["timestamp"] = {
        "time": status.timestamp.isoformat(),
        "authority": facts["signer"],
        "integrity": bool(status.intact and status.valid),
        "trusted": bool(status.trusted),
    }
    facts["certificate_valid"], facts["key_usage_ok"] = bool(status.trusted), None
    _integrity(facts, status)
    _coverage(facts, embedded, data, docmdp_ok=None)
    if facts["integrity"] and not status.trusted:
        _problem(facts, UNDETERMINED, "untrusted", "the timestamp authority is not trusted")
