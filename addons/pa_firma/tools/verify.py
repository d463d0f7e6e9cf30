"""Verification of signed PDFs: a verdict that fails closed.

`valid` only when every signature is intact, covers the whole file (or is followed by signatures and validation data
only), comes from a trusted chain valid at a proven time, with a key meant for signing. Run it through `sandbox` on
anything that people upload: parsers raise and hang on hostile bytes.
"""

import asyncio
import datetime as dt
import hashlib
import logging

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.sign import diff_analysis as diff
from pyhanko.sign.fields import enumerate_sig_fields

from .errors import FirmaError
from .original import differences
from .pdf_guard import MAX_BYTES, active_content, check_plain, open_reader
from .verify_signature import verify_signature

_logger = logging.getLogger(__name__)

VALID, NOT_VALID, UNDETERMINED = "valid", "not_valid", "undetermined"
_SEVERITY = {VALID: 0, UNDETERMINED: 1, NOT_VALID: 2}
SUPPORTED = {"/ETSI.CAdES.detached", "/adbe.pkcs7.detached", "/ETSI.RFC3161"}

# Without the generic field rule and the metadata rule: "replace" shadow attacks pass as form filling otherwise.
DIFF_POLICY = diff.StandardDiffPolicy(
    global_rules=[
        diff.CatalogModificationRule(),
        diff.DocInfoRule().as_qualified(diff.ModificationLevel.LTA_UPDATES),
        diff.XrefStreamRule().as_qualified(diff.ModificationLevel.LTA_UPDATES),
        diff.ObjectStreamRule().as_qualified(diff.ModificationLevel.LTA_UPDATES),
        diff.DSSCompareRule().as_qualified(diff.ModificationLevel.LTA_UPDATES),
    ],
    form_rule=diff.FormUpdatingRule(field_rules=[diff.SigFieldCreationRule(), diff.SigFieldModificationRule()]),
)


def verify_pdf(data, original=None, trust=(), at=None, max_bytes=MAX_BYTES):
    """Report on the signatures of a PDF; never raises on bad input.

    :param original: bytes that must be exactly what was signed (only signatures may have been added)
    :param trust: PEM or DER anchors
    :param at: aware datetime at which certificates are judged (now when missing)
    """
    report = {
        "verdict": NOT_VALID,
        "reasons": [],
        "warnings": [],
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "signatures": [],
    }
    try:
        _verify(report, data, original, [_certificate(item) for item in trust], _moment(at), max_bytes)
    except FirmaError as error:
        report["verdict"] = VALID  # the reason decides
        _reason(report, UNDETERMINED if error.code in ("encrypted", "too_large") else NOT_VALID, error.code, error.detail)
    except Exception as error:  # one boundary that fails closed: KeyError, RecursionError, AssertionError, OSError…
        _logger.debug("unreadable PDF", exc_info=True)
        _reason(report, NOT_VALID, "malformed", f"The file cannot be read: {type(error).__name__}.")
    return report


def _verify(report, data, original, anchors, moment, max_bytes):
    check_plain(data, max_bytes)
    reader = open_reader(data)
    report["verdict"] = VALID
    fields = list(enumerate_sig_fields(reader, filled_status=True))
    supported = []
    for name, value, field in fields:
        subfilter = _subfilter(value.get_object())
        if subfilter in SUPPORTED:
            supported.append((name, field))
        else:
            report["signatures"].append(_unsupported(name, subfilter))
    signatures = asyncio.run(_verify_all(reader, data, supported, anchors, moment))
    report["signatures"] += sorted(signatures, key=lambda facts: facts["signed_until"] or 0)
    for signature in report["signatures"]:
        for severity, code, detail in signature.pop("problems"):
            _reason(report, severity, code, f"{signature['field']}: {detail}")
    if not any(s["format"] != "DocTimeStamp" for s in report["signatures"]):
        _reason(report, NOT_VALID, "unsigned", "The file holds no signature.")
    active = active_content(reader)
    if active:
        _reason(report, UNDETERMINED, "active_content", "The PDF holds active content: " + ", ".join(active))
    if original is not None:
        _check_original(report, reader, data, original)


def _subfilter(signature):
    return str(signature["/SubFilter"]) if "/SubFilter" in signature else ""


async def _verify_all(reader, data, fields, anchors, moment):
    return [await verify_signature(reader, data, name, field, anchors, moment, DIFF_POLICY) for name, field in fields]


def _unsupported(name, subfilter):
    detail = f"signed in a format that cannot be verified ({subfilter or 'no SubFilter'})"
    return {
        "field": name,
        "format": subfilter.lstrip("/") or "unknown",
        "level": "",
        "integrity": None,
        "covers_whole_file": None,
        "later_changes": None,
        "signer": "",
        "codice_fiscale": "",
        "certificate_valid": None,
        "key_usage_ok": None,
        "qualified": False,
        "signing_time": None,
        "timestamp": None,
        "signed_until": None,
        "verdict": UNDETERMINED,
        "warnings": [],
        "problems": [(UNDETERMINED, "unsupported", detail)],
    }


def _check_original(report, reader, data, original):
    """The signed file must be the given document, byte by byte, followed by signatures only."""
    report["original_sha256"] = hashlib.sha256(original).hexdigest()
    report["matches_original"] = False
    for signature in report["signatures"]:
        signature["added"] = (signature["signed_until"] or 0) > len(original)
    reasons = differences(reader, data, original, DIFF_POLICY)
    if reasons:
        _reason(report, NOT_VALID, "other_document", "Not the given document with signatures added: " + "; ".join(reasons))
        return
    report["matches_original"] = True


def _reason(report, severity, code, detail):
    report["reasons"].append({"code": code, "detail": detail})
    if _SEVERITY[severity] > _SEVERITY[report["verdict"]]:
        report["verdict"] = severity


def _certificate(item):
    raw = item.encode() if isinstance(item, str) else item
    if pem.detect(raw):
        _kind, _headers, raw = pem.unarmor(raw)
    return asn1_x509.Certificate.load(raw, strict=True)


def _moment(at):
    if at is None:
        return dt.datetime.now(dt.timezone.utc)
    return at if at.tzinfo else at.replace(tzinfo=dt.timezone.utc)

