"""One signature of a PDF: integrity, coverage, what came later, the chain and the time that is proved."""

from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification
from pyhanko.sign.general import CMSExtractionError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from . import algorithms, cades, cms_reader, pdf_legacy, revisions, timestamp
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, blank, problem, settle, warning
from .form_rule import may_be_filled
from .pdf_parallel import ParallelSignature

_CADES, _TIMESTAMP = "/ETSI.CAdES.detached", "/ETSI.RFC3161"


def verify_signature(pdf, name, field, proofs, number=1):
    """JSON-ready facts of one signature, with `problems` as (severity, code, detail).

    :param pdf: verify.Pdf: the file and what is trusted
    :param proofs: facts of the document timestamps that come later and are trusted
    :param number: which of the signers, where the signature holds several (`signers` tells how many to the caller)
    """
    facts = blank(f"{name}#{number}" if number > 1 else name)
    try:
        embedded = _embedded(pdf.reader, field, name, number)
        facts["signers"] = getattr(embedded, "signers", 1)
        facts["signed_until"] = int(embedded.byte_range[2]) + int(embedded.byte_range[3])
        facts["revision"] = embedded.signed_revision
        _inside(facts, pdf, embedded, proofs)
        _coverage(facts, embedded, pdf)
    except FirmaError as error:
        if error.code == "trailing":
            detail = "bytes were added behind the signature, in the room left for it"
            problem(facts, NOT_VALID, "not_covered", detail)
        else:
            problem(facts, UNDETERMINED if error.code == "unsupported" else NOT_VALID, error.code, error.detail)
    except MemoryError:
        raise
    except Exception as error:  # fails closed: an unreadable signature is never a good one
        problem(facts, NOT_VALID, "malformed", f"the signature cannot be read ({type(error).__name__})")
        facts["integrity"] = False
    return settle(facts)


def _embedded(reader, field, name, number):
    form = str(field.get_object()["/V"]["/SubFilter"])
    if form == pdf_legacy.RSA_SHA1:
        return pdf_legacy.BareSignature(reader, field, name)
    try:
        return EmbeddedPdfSignature(reader, field, name)
    except CMSExtractionError:
        if form == _TIMESTAMP:
            raise
        return ParallelSignature(reader, field, name, number)


def _inside(facts, pdf, embedded, proofs):
    """What the signature itself says, by its form."""
    form = str(embedded.sig_object["/SubFilter"])
    if form == pdf_legacy.RSA_SHA1:
        pdf_legacy.verify_rsa_sha1(facts, pdf, embedded, _digest(embedded, pdf.data), proofs)
        return
    signed = cms_reader.load(embedded.pkcs7_content, trailing=b"\0")
    if form == _TIMESTAMP:
        _document_timestamp(facts, pdf, embedded, signed, proofs)
    elif form == pdf_legacy.PKCS7_SHA1:
        pdf_legacy.verify_pkcs7_sha1(facts, pdf, embedded, signed, _digest(embedded, pdf.data), proofs)
    else:
        _signature(facts, pdf, embedded, signed, proofs)


def _digest(embedded, data):
    """Function from a digest's name to the digest of the signed ranges; the ranges are checked in `_coverage`."""
    start, size1, start2, size2 = (int(v) for v in embedded.byte_range)

    def digest(used):
        if min(start, size1, start2, size2) < 0 or max(start + size1, start2 + size2) > len(data):
            raise FirmaError("not_covered", "the signature covers bytes that are not there")
        if used is None:
            return data[start : start + size1] + data[start2 : start2 + size2]
        view = memoryview(data)  # a copy of it would cost as much as a quarter of its hash
        running = algorithms.hasher(used, view[start : start + size1])
        running.update(view[start2 : start2 + size2])
        return running.digest()

    return digest


def _signature(facts, pdf, embedded, signed, later):
    pades = str(embedded.sig_object["/SubFilter"]) == _CADES
    facts["format"] = "PAdES" if pades else "PDF-PKCS7"
    evidence = pdf.evidence.add(cms_reader.evidence(signed))
    signer = embedded.signer_info
    anchors = pdf.trust.for_signers(about=[signer["sid"]])
    cert = cades.describe(facts, signer, cms_reader.unique(evidence.certs + anchors))
    if cert is None:
        return
    certs = cms_reader.certificates(signed)
    if cms_reader.damaged(certs, pdf.trust.for_signers(about=certs)):
        problem(facts, NOT_VALID, "malformed", cades.DAMAGED)
    if not facts["signing_time"] and "/M" in embedded.sig_object:
        claimed = generic.parse_pdf_date(embedded.sig_object["/M"], strict=False)
        facts["signing_time"] = claimed.isoformat() if claimed.tzinfo else None
    facts["timestamps"] = [stamp for stamp in later if stamp["revision"] > embedded.signed_revision]
    kind = signed["encap_content_info"]["content_type"].dotted
    cades.verify_signer(
        facts, signer, cert, _digest(embedded, pdf.data), pdf.trust, evidence,
        [*pdf.proofs, *cades.proved(facts["timestamps"])], content_type=kind,
    )  # fmt: skip
    if facts.pop("signing_certificate", None) is False and pades:
        problem(facts, UNDETERMINED, "not_baseline", "the signing certificate is not among the signed data, as PAdES requires")
    if not pades:
        facts["level"] = "CMS"


def _document_timestamp(facts, pdf, embedded, signed, later):
    facts["format"], facts["level"] = "DocTimeStamp", ""
    at = min([pdf.trust.moment, *pdf.proofs, *cades.proved(later)])
    stamp = timestamp.verify_token(signed, _digest(embedded, pdf.data), pdf.trust, pdf.evidence, at, "document")
    facts["timestamp"], facts["signer"] = stamp, stamp["authority"]
    facts["integrity"], facts["certificate_valid"] = stamp["integrity"], stamp["trusted"]
    facts["digest_algorithm"] = stamp.get("digest_algorithm", "")
    if not stamp["integrity"]:
        problem(facts, NOT_VALID, "altered", stamp["why"])
    elif not stamp["trusted"]:
        problem(facts, UNDETERMINED, "untrusted", f"the timestamp authority is not trusted: {stamp['why']}")


def as_proof(pdf, facts):
    """What a verified document timestamp proves for what it covers; None when it proves nothing."""
    stamp = facts["timestamp"]
    if facts["verdict"] != "valid" or not stamp or facts["later_changes"] in ("forbidden", "not_covered"):
        return None
    root = pdf.reader.get_historical_root(facts["revision"])
    return {**stamp, "revision": facts["revision"], "kind": "document_later" if "/DSS" in root else "document"}


def _coverage(facts, embedded, pdf):
    """The hole of the byte range must be exactly the signature; what follows, complete and allowed revisions."""
    data = pdf.data
    if not _contiguous(embedded, data):
        facts["covers_whole_file"], facts["later_changes"] = False, "not_covered"
        problem(facts, NOT_VALID, "not_covered", "the file holds bytes that this signature does not cover")
        return
    facts["covers_whole_file"] = facts["signed_until"] == len(data)
    facts["later_changes"] = "none"
    if facts["covers_whole_file"]:
        return
    if _hybrid_later(embedded):
        facts["later_changes"] = "unknown"
        problem(facts, UNDETERMINED, "irregular", "the file has two tables of its parts: what came later cannot be told")
        return
    embedded._enforce_hybrid_xref_policy = lambda: None  # judged above
    embedded.compute_integrity_info(pdf.diff_policy)
    filled = isinstance(embedded.diff_result, SuspiciousModification) and may_be_filled(embedded)
    if filled:
        embedded.compute_integrity_info(pdf.filling_policy)
    outcome, whole = embedded.diff_result, embedded.coverage == SignatureCoverageLevel.ENTIRE_REVISION
    later = (pdf.reader, data, facts["signed_until"], embedded.signed_revision)
    if not whole or not revisions.are_complete(*later):
        facts["later_changes"] = "not_covered"
        problem(facts, NOT_VALID, "not_covered", "the file holds bytes that this signature does not cover")
    elif outcome is None or isinstance(outcome, SuspiciousModification):
        facts["later_changes"] = "forbidden"
        facts["later_changes_detail"] = str(outcome or "")
        problem(facts, NOT_VALID, "changed", "the document was changed after this signature")
    elif revisions.hold_more(*later):
        facts["later_changes"] = "unknown"
        detail = "parts that its tables do not list follow the signature: another program may show them"
        problem(facts, UNDETERMINED, "irregular", detail)
    elif embedded.summarise_integrity_info()["docmdp_ok"] is False:
        facts["later_changes"] = "forbidden"
        problem(facts, NOT_VALID, "changed", "the document was changed beyond what its certification allows")
    elif filled:
        facts["later_changes"] = "form_filling"
        warning(facts, "form_filled", "Fields were filled in after this signature, as the certification allows.")
    else:
        only_data = outcome.modification_level <= ModificationLevel.LTA_UPDATES
        facts["later_changes"] = "validation_data" if only_data else "signatures"


def _hybrid_later(embedded):
    """Whether what came later has two tables of its parts, which programs read differently.

    Word writes every file so: as it was when it was signed, it is what the signer saw.
    """
    tables = embedded.reader.xrefs
    later = range(embedded.signed_revision + 1, tables.total_revisions)
    return any(tables.get_xref_data(revision).hybrid is not None for revision in later)


def _contiguous(embedded, data):
    """From the first byte on without a gap but the signature's own hexadecimal, which is the one that was read."""
    values = list(embedded.byte_range)
    if len(values) != 4 or not all(isinstance(v, generic.NumberObject) for v in values):
        return False
    start, size1, start2, size2 = (int(v) for v in values)
    hole = data[size1:start2]
    if start or size1 <= 0 or size2 <= 0 or start2 + size2 > len(data):
        return False
    if hole[:1] != b"<" or hole[-1:] != b">" or len(hole) != len(embedded.pkcs7_content) * 2 + 2:
        return False
    try:
        return bytes.fromhex(hole[1:-1].decode("ascii")) == embedded.pkcs7_content
    except ValueError:
        return False
