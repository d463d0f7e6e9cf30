"""Verification of any signed document: finds its form, opens every layer, one verdict for all.

Each opener receives the Job and one Layer; what it finds inside goes back through `Job.open`, with the times that the
layer proves for it.
"""

import datetime as dt
from dataclasses import dataclass, field, replace

from . import asic, cades, cms_reader, envelopes, mime, sniff, xades
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, VALID, collect, reason
from .pdf_guard import MAX_BYTES
from .trust import Trust
from .trusted_list import load_all
from .verify import guarded, new_report, pdf_into, told_chains, trust_into

MAX_DEPTH = 6
TEXT_ABOVE = "There is text above the signed block that nobody signed: only what is in the block was verified."
_OPENERS = {}


@dataclass
class Layer:
    """Bytes to open, the times proved for them from outside, and where they were found."""

    data: bytes
    proofs: list = field(default_factory=list)
    prefix: str = ""
    depth: int = 0


@dataclass
class Job:
    """One verification: what is being written, what is trusted, what had to be signed."""

    report: dict
    trust: Trust
    original: bytes | None = None
    max_bytes: int = MAX_BYTES
    matched: bool = False

    def open(self, layer):
        """Open a layer, whatever it is; raises FirmaError, and whatever a parser raises."""
        if not layer.data:
            raise FirmaError("empty", "The file is empty.")
        if len(layer.data) > self.max_bytes:
            raise FirmaError("too_large", f"The file is larger than {self.max_bytes // (1024 * 1024)} MB.")
        if layer.depth >= MAX_DEPTH:
            raise FirmaError("nested", "Too many envelopes, one inside the other.")
        kind, data = self._recognized(layer.data)
        self.report["layers"].append(kind)
        _OPENERS[kind](self, replace(layer, data=data))

    def _recognized(self, data):
        """(kind, bytes to open); what is written above a signed block is said not to be signed."""
        try:
            return sniff.kind(data)
        except FirmaError as error:
            block = sniff.under_text(data) if error.code == "unknown_format" else None
            if block is None:
                raise
        reason(self.report, UNDETERMINED, "text_around", TEXT_ABOVE)
        return sniff.kind(block)

    def open_content(self, data, layer, proofs):
        """Go on with what a signed envelope holds: a document, or another envelope."""
        self.match(data)
        inner = Layer(data, proofs, layer.prefix + "/", layer.depth + 1)
        kind = sniff.inner_kind(data)
        if kind == "pdf":
            self._inner_pdf(inner)
        elif kind:
            self.open(inner)

    def _inner_pdf(self, layer):
        """A PDF inside an envelope needs no signature of its own; those that it has are verified."""
        original = self.original if self.original is not None and not self.matched else None
        report = {**new_report(layer.data), "layers": []}
        guarded(report, lambda: pdf_into(report, layer.data, original, self.trust, layer.proofs, layer.prefix))
        if report["signatures"] or report["reasons"] != [{"code": "unsigned", "detail": "The file holds no signature."}]:
            self.report["layers"].append("pdf")
            self.report["signatures"] += report["signatures"]
            unsigned = [item for item in report["reasons"] if item["code"] != "unsigned"]
            for item in unsigned:
                soft = item["code"] in ("malformed", "truncated", "encrypted", "active_content")
                soft = soft and not report["signatures"]
                reason(self.report, UNDETERMINED if soft else report["verdict"], **item)
        self.matched |= bool(report.get("matches_original"))

    def match(self, data):
        """Note whether these signed bytes are the document that had to be signed."""
        self.matched |= self.original is not None and data == self.original

    def add(self, signatures):
        collect(self.report, signatures)


def opener(kind):
    """Register the function that opens a kind of layer."""

    def register(function):
        _OPENERS[kind] = function
        return function

    return register


def verify_document(
    data, original=None, trust=(), at=None, trust_lists=(), timestamp=None, max_bytes=MAX_BYTES, **given
):
    """Report on any signed document; never raises on bad input.

    :param original: the document that must have been signed; for a detached signature, the signed document
    :param trust: PEM or DER anchors
    :param at: aware datetime at which certificates are judged (now when missing)
    :param trust_lists: bytes of trusted lists (ETSI TS 119 612); the lists of lists among them come first
    :param timestamp: bytes of a detached timestamp of `data`, as a proof of time
    :param given: accepted lists, evidence and chains, as in `verify.trust_into`
    """
    report = {**new_report(data, at), "layers": []}

    def work():
        basis = trust_into(report, trust, at, **given)
        lists, warnings = load_all(trust_lists, basis)
        basis.lists += lists
        report["warnings"] += warnings
        _verify(report, data, original, basis, timestamp, max_bytes)

    guarded(report, work)
    if not report["layers"]:
        report["layers"].append("unknown")
    return told_chains(report)


def _verify(report, data, original, basis, timestamp, max_bytes):
    job = Job(report, basis, original, max_bytes)
    proofs = []
    report["verdict"] = VALID
    if timestamp is not None:
        proofs = envelopes.external(job, timestamp, data)
    job.open(Layer(data, proofs))
    if not report["signatures"] and not report["reasons"]:
        reason(report, NOT_VALID, "unsigned", "The file holds no signature.")
    if original is not None and "matches_original" not in report:
        report["matches_original"] = job.matched
        if not job.matched:
            reason(report, NOT_VALID, "other_document", "What was signed is not the given document.")


@opener("pdf")
def _pdf(job, layer):
    pdf_into(job.report, layer.data, job.original, job.trust, layer.proofs, layer.prefix, job.max_bytes)


@opener("cms")
def _cms(job, layer):
    signed = cms_reader.load(layer.data)
    if signed["encap_content_info"]["content_type"].dotted == cms_reader.OID_TST_INFO:
        envelopes.token(job, layer, signed)
        return
    if not len(signed["signer_infos"]):
        raise FirmaError("unsigned", "The envelope holds no signature.")
    inside = cms_reader.content(signed)
    found, raw = cades.verify_signed_data(signed, job.original, job.trust, layer.proofs, layer.prefix)
    job.add(found)
    if inside is None:
        job.matched |= raw is not None and all(facts["integrity"] for facts in found)
        return
    job.open_content(inside, layer, [*layer.proofs, *_proved(found)])


def _proved(found):
    """The time proved for a signature is proved for what it covers too."""
    times = [facts["proved_time"] for facts in found if facts["verdict"] == VALID and facts["proved_time"]]
    return [dt.datetime.fromisoformat(time) for time in times]


opener("tsr")(envelopes.response)
opener("tsd")(envelopes.timestamped_data)
opener("mime")(mime.open_message)
opener("xml")(xades.open_document)
opener("zip")(asic.open_container)
