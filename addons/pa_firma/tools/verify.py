"""Verification of signed PDFs: a verdict that fails closed.

`valid` only when every signature is intact, covers the whole file (or is followed by signatures and validation data
only), comes from a trusted chain valid at a proven time, with a key meant for signing. Run it through `sandbox` on
anything that people upload: parsers raise and hang on hostile bytes.
"""

import base64
import datetime as dt
import hashlib
import logging
from dataclasses import dataclass, field

from pyhanko.sign import diff_analysis as diff
from pyhanko.sign.fields import enumerate_sig_fields

from . import listed, online, pdf_evidence, revocation
from .cms_reader import MAX_SIGNERS
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, VALID, blank, collect, problem, reason, settle
from .form_rule import FilledFieldRule, QuietFormRule
from .freed_objects import KeptObjectsPolicy
from .mark_rule import MAX_SHARE_OF_FIRST
from .metadata_rule import RefreshedInfoRule, RefreshedMetadataRule
from .original import differences
from .pdf_guard import MAX_BYTES, check_plain
from .pdf_legacy import LEGACY
from .trust import Evidence, Trust, certificates
from .verify_signature import as_proof, verify_signature

_logger = logging.getLogger(__name__)

SUPPORTED = {"/ETSI.CAdES.detached", "/adbe.pkcs7.detached", "/ETSI.RFC3161"}

MAX_SIGNATURES = 500

# Without the generic field rule ("replace" shadow attacks pass as form filling otherwise) and with a metadata rule of ours.
_RULES = [
    diff.CatalogModificationRule(),
    RefreshedInfoRule().as_qualified(diff.ModificationLevel.LTA_UPDATES),
    diff.XrefStreamRule().as_qualified(diff.ModificationLevel.LTA_UPDATES),
    diff.ObjectStreamRule().as_qualified(diff.ModificationLevel.LTA_UPDATES),
    diff.DSSCompareRule().as_qualified(diff.ModificationLevel.LTA_UPDATES),
    RefreshedMetadataRule().as_qualified(diff.ModificationLevel.LTA_UPDATES),
]
_SIGNATURES = [diff.SigFieldCreationRule(), diff.SigFieldModificationRule()]
DIFF_POLICY = KeptObjectsPolicy(global_rules=_RULES, form_rule=QuietFormRule(_SIGNATURES))
# What was given to sign, when it has a form, and what was signed.
ORIGINAL_POLICY = KeptObjectsPolicy(
    global_rules=_RULES, form_rule=QuietFormRule(_SIGNATURES, max_share=MAX_SHARE_OF_FIRST)
)
# Only after a certification that allows it.
FILLING_POLICY = KeptObjectsPolicy(global_rules=_RULES, form_rule=QuietFormRule([*_SIGNATURES, FilledFieldRule()]))


@dataclass
class Pdf:
    """A PDF under verification."""

    reader: object
    data: bytes
    trust: Trust
    evidence: Evidence
    proofs: list = field(default_factory=list)
    diff_policy: object = DIFF_POLICY
    filling_policy: object = FILLING_POLICY


def verify_pdf(data, original=None, trust=(), at=None, max_bytes=MAX_BYTES, **given):
    """Report on the signatures of a PDF; never raises on bad input.

    :param original: bytes that must be exactly what was signed (only signatures may have been added)
    :param trust: PEM or DER anchors
    :param at: aware datetime at which certificates are judged (now when missing)
    :param given: accepted lists, evidence and chains, as in `trust_into`
    """
    report = new_report(data, at)
    guarded(
        report,
        lambda: pdf_into(report, data, original, trust_into(report, trust, at, **given), max_bytes=max_bytes),
    )
    return told_chains(report)


def new_report(data, at=None):
    """An empty report, not valid until proved otherwise."""
    return {
        "verdict": NOT_VALID,
        "reasons": [],
        "warnings": [],
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "validation_time": moment_of(at).isoformat(timespec="seconds"),
        "signatures": [],
    }


def make_trust(anchors, at, lists=()):
    """Trust from PEM or DER anchors; FirmaError when one cannot be read."""
    return Trust([cert for item in anchors for cert in certificates(item)], moment_of(at), list(lists))


def trust_into(report, anchors, at, *, accepted_lists=(), evidence=None, chains=False):
    """What is trusted in this verification.

    :param accepted_lists: compact forms (`listed`) of lists whose signature was accepted before
    :param evidence: {"certs", "ocsps", "crls"}: bytes (DER) found elsewhere, never trusted by themselves
    :param chains: whether the report must tell the certificates that it met
    """
    lists = [listed.load(item) for item in accepted_lists]
    trust = make_trust(anchors, at, lists)
    report["warnings"] += listed.old(lists, trust.moment)
    given = evidence or {}
    trust.evidence = Evidence(
        [cert for der in given.get("certs", ()) for cert in certificates(der)],
        list(given.get("ocsps", ())),
        list(given.get("crls", ())),
    )
    if chains:
        report["chains"] = trust
    return trust


def told_chains(report):
    """The report with its chains ready for JSON: trusted or not, certificates from the end to the anchor, and about which
    of them somebody is to be asked."""
    if "chains" in report:
        trust = report["chains"]
        paths = {tuple(cert.sha256 for cert in path.certs): (path, when) for path, when in trust.chains}
        report["chains"] = [
            {
                "trusted": path.trusted,
                "certs": [base64.b64encode(cert.dump()).decode() for cert in path.certs],
                "asks": [_asks(trust, path, index, when) for index in range(len(path.certs))],
            }
            for path, when in paths.values()
        ]
    return report


def _asks(trust, path, index, when):
    """Whether a certificate of a chain names somebody to ask, and nothing fresh was given about it."""
    cert = path.certs[index]
    try:
        if not any(online.addresses(cert).values()):
            return False
        if not path.trusted or index + 1 == len(path.certs):
            return True
        return revocation.status(cert, path.certs[index + 1], trust.evidence, when).state in ("stale", "not_checked")
    except Exception:  # hostile certificates raise anything: nothing is asked about them
        return False


def guarded(report, work):
    """The one boundary: whatever happens in `work`, the report says it and is not valid."""
    try:
        work()
    except FirmaError as error:
        unknown = error.code in ("encrypted", "too_large", "unsupported", "trust", "trusted_list")
        if not report["signatures"]:
            report["verdict"] = VALID  # the reason decides
        reason(report, UNDETERMINED if unknown else NOT_VALID, error.code, error.detail)
    except MemoryError:
        report["verdict"] = NOT_VALID if report["verdict"] == NOT_VALID and report["reasons"] else VALID
        reason(report, UNDETERMINED, "limits", "The file asks for too much memory to be verified.")
    except Exception as error:  # fails closed: KeyError, RecursionError, AssertionError, OSError…
        _logger.debug("unreadable file", exc_info=True)
        report["verdict"] = NOT_VALID
        reason(report, NOT_VALID, "malformed", f"The file cannot be read: {type(error).__name__}.")


def pdf_into(report, data, original, trust, proofs=(), prefix="", max_bytes=MAX_BYTES):
    """Verify a PDF into a report (raises FirmaError, and whatever a parser raises)."""
    check_plain(data, max_bytes)
    if not report["reasons"]:
        report["verdict"] = VALID
    reader, active = pdf_evidence.open_readable(data, report)
    pdf = Pdf(reader, data, trust, pdf_evidence.read(reader), list(proofs))
    found = _signatures(pdf)
    found += pdf_evidence.orphans(reader, data, [facts["field"] for facts in found])
    for facts in found:
        facts["field"] = prefix + facts["field"]
    collect(report, found)
    if not any(s["format"] != "DocTimeStamp" for s in report["signatures"]):
        only = ", only a timestamp" if report["signatures"] else ""
        reason(report, NOT_VALID, "unsigned", f"The file holds no signature{only}.")
    if active:
        reason(report, UNDETERMINED, "active_content", "The PDF holds active content: " + ", ".join(active))
    if original is not None:
        _check_original(report, reader, data, original)


def _signatures(pdf):
    """Facts in the order of signing; judged from the last, because later timestamps prove earlier times."""
    unsupported, supported = [], []
    for name, value, item in enumerate_sig_fields(pdf.reader, filled_status=True):
        signature = value.get_object()
        subfilter = str(signature["/SubFilter"]) if "/SubFilter" in signature else ""
        if subfilter in SUPPORTED | LEGACY:
            supported.append((_end(signature), name, item))
        else:
            unsupported.append(_unsupported(name, subfilter))
        if len(supported) + len(unsupported) > MAX_SIGNATURES:
            raise FirmaError("too_large", f"More than {MAX_SIGNATURES} signatures.")
    proofs, found = [], []
    for _end_of, name, item in sorted(supported, key=lambda entry: entry[0], reverse=True):
        facts = verify_signature(pdf, name, item, proofs)
        beside = range(2, min(facts.pop("signers", 1), MAX_SIGNERS) + 1)
        found += [verify_signature(pdf, name, item, proofs, number) for number in reversed(beside)]
        found.append(facts)
        if facts["format"] == "DocTimeStamp" and (proof := as_proof(pdf, facts)):
            proofs.append(proof)
    for facts in found:
        facts.pop("signers", None)
    return unsupported + found[::-1]


def _end(signature):
    """Where the signed part ends, as far as it can be read."""
    try:
        return int(signature["/ByteRange"][2]) + int(signature["/ByteRange"][3])
    except Exception:  # malformed: it will be said when it is verified
        return 0


def _unsupported(name, subfilter):
    facts = blank(name, subfilter.lstrip("/") or "unknown")
    detail = f"signed in a format that cannot be verified ({subfilter or 'no SubFilter'})"
    problem(facts, UNDETERMINED, "unsupported", detail)
    return settle(facts)


def _check_original(report, reader, data, original):
    """The signed file must be the given document, byte by byte, followed by signatures only."""
    report["original_sha256"] = hashlib.sha256(original).hexdigest()
    report["matches_original"] = False
    for signature in report["signatures"]:
        signature["added"] = (signature["signed_until"] or 0) > len(original)
    reasons = differences(reader, data, original, ORIGINAL_POLICY)
    if reasons:
        detail = "Not the given document with signatures added: " + "; ".join(reasons)
        reason(report, NOT_VALID, "other_document", detail)
        return
    report["matches_original"] = True


def moment_of(at):
    """The moment of judgement: now when none is given, in UTC when it says no time zone."""
    if at is None:
        return dt.datetime.now(dt.timezone.utc)
    return at if at.tzinfo else at.replace(tzinfo=dt.timezone.utc)
