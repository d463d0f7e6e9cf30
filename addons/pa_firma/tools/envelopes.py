"""Timestamps that come as files: answers and tokens of RFC 3161 (.tsr, .tst) and TimeStampedData of RFC 5544 (.tsd)."""

import datetime as dt

from asn1crypto import cms, core

from . import algorithms, ber, cms_reader, sniff, timestamp
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, blank, problem
from .trust import Evidence

MAX_TOKENS = 50


class _MetaData(core.Sequence):
    _fields = [
        ("hash_protected", core.Boolean),
        ("file_name", core.UTF8String, {"optional": True}),
        ("media_type", core.IA5String, {"optional": True}),
        ("other_meta_data", core.Any, {"optional": True}),
    ]


class _TimeStampAndCRL(core.Sequence):
    # asn1crypto's own class takes the token for a bare EncapsulatedContentInfo
    _fields = [("time_stamp", cms.ContentInfo), ("crl", core.Any, {"optional": True})]


class _Evidence(core.SequenceOf):
    _child_spec = _TimeStampAndCRL


class _TimeStampedData(core.Sequence):
    _fields = [
        ("version", core.Integer),
        ("data_uri", core.IA5String, {"optional": True}),
        ("meta_data", _MetaData, {"optional": True}),
        ("content", core.OctetString, {"optional": True}),
        ("tst_evidence", _Evidence, {"implicit": 0, "optional": True}),
        ("ers_evidence", core.Sequence, {"implicit": 1, "optional": True}),
        ("other_evidence", core.Sequence, {"implicit": 2, "optional": True}),
    ]


class _ContentInfo(core.Sequence):
    _fields = [("type", core.ObjectIdentifier), ("content", _TimeStampedData, {"explicit": 0})]


def response(job, layer):
    """A timestamp authority's answer, with the stamped document given apart."""
    try:
        signed = timestamp.load_token(layer.data)
    except (ValueError, TypeError, KeyError):  # some other ASN.1: a certificate, a key…
        raise FirmaError("unknown_format", "The file is not a signed document of a known form.") from None
    token(job, layer, signed)


def token(job, layer, signed):
    """A detached timestamp: its document is the original."""
    facts = blank(layer.prefix + "timestamp", "RFC3161")
    digest = digest_of(job.original) if job.original is not None else None
    stamp = timestamp.verify_token(signed, digest, job.trust, Evidence(), _at(job, layer.proofs), "external")
    if job.original is None:
        stamp.update(integrity=None, why="the stamped document was not given")
        _fill(facts, stamp)
        facts["certificate_valid"] = None
        problem(facts, UNDETERMINED, "detached", "the stamped document is not inside: give it with --original")
    else:
        judge(facts, stamp)
        job.matched |= stamp["integrity"]
    job.add([facts])


def external(job, raw, data):
    """Times that a detached timestamp of the file proves; said in the report when it proves none."""
    stamp = timestamp.verify_token(
        timestamp.load_token(sniff.kind(raw)[1]), digest_of(data), job.trust, Evidence(), job.trust.moment, "external"
    )
    job.report["timestamp"] = stamp
    if not stamp["trusted"]:
        job.report["warnings"].append({"code": "timestamp", "detail": f"The given timestamp proves nothing: {stamp['why']}."})
        return []
    return [dt.datetime.fromisoformat(stamp["time"])]


def digest_of(data):
    """Function from a digest's name to the digest of these bytes."""
    return lambda used: algorithms.digest(used, data)


def _at(job, proofs):
    return min(proofs, default=job.trust.moment)


def _fill(facts, stamp):
    facts["timestamp"], facts["timestamps"] = stamp, [stamp]
    facts["signer"], facts["integrity"] = stamp["authority"], stamp["integrity"]
    facts["certificate_valid"] = stamp["trusted"]
    facts["digest_algorithm"] = stamp.get("digest_algorithm", "")
    facts["proved_time"] = stamp["time"] if stamp["trusted"] else None


def judge(facts, stamp):
    """Facts of a timestamp that stands by itself."""
    _fill(facts, stamp)
    facts["covers_whole_file"], facts["later_changes"] = stamp["integrity"], "none"
    if not stamp["integrity"]:
        problem(facts, NOT_VALID, "altered", stamp["why"] or "the timestamp is of something else")
    elif not stamp["trusted"]:
        problem(facts, UNDETERMINED, "untrusted", f"the timestamp authority is not trusted: {stamp['why']}")


def timestamped_data(job, layer):
    """TimeStampedData: a document and the timestamps that prove when it existed."""
    size = cms_reader.element_size(layer.data)
    if layer.data[size:].strip(b"\r\n"):
        raise FirmaError("trailing", "Bytes follow the envelope.")
    parsed = _ContentInfo.load(ber.in_one_piece(layer.data[:size]), strict=True)["content"]
    content = parsed["content"]
    raw = bytes(content) if isinstance(content, core.OctetString) else job.original
    tokens = _tokens(parsed["tst_evidence"])
    if raw is None:
        facts = blank(layer.prefix + "timestamp", "TSD")
        problem(facts, UNDETERMINED, "detached", "the stamped document is not inside: give it with --original")
        job.add([facts])
        return
    covered = _covered(parsed["meta_data"], raw)
    verified = _verify_tokens(job, layer, tokens, covered)
    job.add(verified)
    if not isinstance(content, core.OctetString):
        job.matched |= verified[0]["integrity"] is True
        return
    times = [facts["proved_time"] for facts in verified if facts["proved_time"]]
    job.open_content(raw, layer, [*layer.proofs, *(dt.datetime.fromisoformat(time) for time in times)])


def _tokens(evidence):
    if not isinstance(evidence, _Evidence):
        raise FirmaError("unsupported", "The temporal evidence is not a timestamp.")
    tokens = list(evidence)
    if not tokens:
        raise FirmaError("malformed", "The envelope holds no timestamp.")
    if len(tokens) > MAX_TOKENS:
        raise FirmaError("too_large", "The envelope holds too many timestamps.")
    return tokens


def _covered(meta, raw):
    """What the first timestamp covers: the content, after the metadata when they are protected."""
    if isinstance(meta, _MetaData) and meta["hash_protected"].native:
        return meta.dump() + raw
    return raw


def _verify_tokens(job, layer, tokens, covered):
    """The last first: each earlier timestamp is judged at the time that a later one proves."""
    found, at = [], _at(job, layer.proofs)
    for index in range(len(tokens) - 1, -1, -1):
        facts = blank(f"{layer.prefix}timestamp {index + 1}" if len(tokens) > 1 else layer.prefix + "timestamp", "TSD")
        signed = timestamp.load_token(tokens[index]["time_stamp"].dump())
        evidence = _crl(tokens[index])
        candidates = [covered] if not index else [tokens[index - 1].dump(), covered]
        stamps = [
            timestamp.verify_token(signed, digest_of(data), job.trust, evidence, at, "external") for data in candidates
        ]
        stamp = next((item for item in stamps if item["integrity"]), stamps[0])
        judge(facts, stamp)
        if index and stamps[0]["trusted"]:  # of the timestamp before, not only of the document
            at = min(at, dt.datetime.fromisoformat(stamp["time"]))
        found.append(facts)
    return found[::-1]


def _crl(item):
    return Evidence(crls=[item["crl"].dump()]) if isinstance(item["crl"], core.Any) else Evidence()
