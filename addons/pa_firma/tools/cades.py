"""The signatures inside one CMS SignedData, each by itself (a CMS may hold several, in parallel)."""

import datetime as dt

from . import algorithms, archive_timestamp, cms_reader, identity, signature_policy, timestamp
from .cms_reader import attributes
from .cms_signer import check_integrity, claimed_time, find_certificate
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, blank, problem, warning
from .revocation import statements
from .trust import judge

SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.20"
COUNTERSIGNATURE = "1.2.840.113549.1.9.6"
MAX_NESTED = 5
# Timestamps of the content from before it was signed, and of references to evidence, prove no time of the signature.
NOT_OF_THE_SIGNATURE = ("content", "refs")
DAMAGED = "a certificate inside the signature is damaged"


def describe(facts, signer, certs):
    """Find the signer's certificate and write who it is; None when it is missing."""
    cert = find_certificate(signer, certs)
    if cert is None:
        facts["integrity"] = None
        problem(facts, UNDETERMINED, "no_certificate", "the signer's certificate is not in the file")
        return None
    facts.update(identity.describe_certificate(cert))
    facts["signature_policy"] = signature_policy.of_cms(signer)
    claimed = claimed_time(signer)
    facts["signing_time"] = facts["signing_time"] or (claimed.isoformat() if claimed else None)
    return cert


def verify_signer(facts, signer, cert, digest, trust, evidence, proofs, *, archived=(), **options):
    """Integrity, time, chain and level of one SignerInfo whose certificate is known.

    :param proofs: times proved from outside (an envelope, a later document timestamp)
    :param archived: facts of the archive timestamps already verified
    """
    check_integrity(facts, signer, cert, digest, **options)
    last = min(proofs, default=trust.moment)
    stamps = list(archived) + _timestamps(signer, digest, trust, evidence, min([last, *proved(archived)]))
    facts["timestamps"] += stamps
    tell_timestamps(facts, stamps)
    proofs = [*proofs, *proved(item for item in stamps if item["kind"] not in NOT_OF_THE_SIGNATURE)]
    facts["timestamp"] = shown(facts["timestamps"])
    path = judge(facts, cert, trust, evidence, proofs, [facts["digest_algorithm"]])
    level(facts, path, evidence)


def proved(stamps):
    """Times that trusted timestamps prove."""
    return [dt.datetime.fromisoformat(item["time"]) for item in stamps if item["trusted"]]


def shown(stamps):
    """The timestamp that matters: the earliest trusted one, else the first."""
    candidates = [item for item in stamps if item["kind"] not in NOT_OF_THE_SIGNATURE]
    trusted = sorted((item for item in candidates if item["trusted"]), key=lambda item: item["time"])
    return (trusted or candidates or [None])[0]


def _timestamps(signer, digest, trust, evidence, at):
    found = []
    for oid, kind in ((SIGNATURE_TIMESTAMP, "signature"), (CONTENT_TIMESTAMP, "content")):
        attrs = signer["unsigned_attrs" if kind == "signature" else "signed_attrs"]
        for value in attributes(attrs, oid):
            covered = signature_digest(signer) if kind == "signature" else digest
            found.append(token(value.dump(), covered, trust, evidence, at, kind))
    return found


def token(raw, covered, trust, evidence, at, kind):
    """Facts of the timestamp in these bytes, whatever they are."""
    try:
        signed = timestamp.load_token(raw)
    except Exception:  # an unreadable timestamp proves nothing
        return timestamp.unknown(kind, "the timestamp cannot be read")
    return timestamp.verify_token(signed, covered, trust, evidence, at, kind)


def signature_digest(signer):
    """What a signature timestamp covers: the signature's value."""
    value = signer["signature"].native
    return lambda used: algorithms.digest(used, value)


def tell_timestamps(facts, stamps):
    """Say which timestamps prove nothing; one that is of something else spoils the signature."""
    for item in stamps:
        if item["trusted"]:
            continue
        if not item["integrity"] and item["kind"] == "signature":
            problem(facts, NOT_VALID, "timestamp", f"the timestamp does not match the signature ({item['why']})")
        else:
            warning(facts, "timestamp", f"The timestamp of {item['authority'] or 'an unknown authority'} proves nothing: {item['why']}.")


def level(facts, path, evidence):
    """B-B, B-T, B-LT, B-LTA by what the signature carries (ETSI EN 319 122-1, 319 142-1)."""
    kinds = {item["kind"] for item in facts["timestamps"] if item["integrity"]}
    facts["level"] = "B-B"
    if kinds - set(NOT_OF_THE_SIGNATURE):
        facts["level"] = "B-T"
        if _has_revocation(path, evidence):
            facts["level"] = "B-LTA" if kinds & {"archive", "document_later"} else "B-LT"


def _has_revocation(path, evidence):
    if len(path.certs) > 1:
        return any(statements(path.certs[0], path.certs[1], evidence))
    return bool(evidence.ocsps or evidence.crls)


def verify_signed_data(signed, original, trust, proofs, name="", format_="CAdES", extra=None):
    """Facts of every signature of a SignedData.

    :param original: the bytes that were signed, when they are not inside
    :return: (list of facts, content bytes or None)
    """
    inside = cms_reader.content(signed)
    raw = inside if inside is not None else original
    evidence = cms_reader.evidence(signed)
    if extra:
        evidence = evidence.add(extra)
    found = []
    signers = list(signed["signer_infos"])
    for index, signer in enumerate(signers):
        facts = blank(f"{name}{index + 1}" if name or len(signers) > 1 else "1", format_)
        found.append(facts)
        try:
            _one(facts, signed, signer, raw, trust, evidence, proofs, found)
        except FirmaError as error:
            problem(facts, UNDETERMINED if error.code == "unsupported" else NOT_VALID, error.code, error.detail)
        except MemoryError:
            raise
        except Exception as error:  # fails closed: an unreadable signature is never a good one
            facts["integrity"] = False
            problem(facts, NOT_VALID, "malformed", f"the signature cannot be read ({type(error).__name__})")
        if raw is not None:
            facts["covers_whole_file"], facts["later_changes"] = True, "none"
    return found, raw


def _one(facts, signed, signer, raw, trust, evidence, proofs, found):
    cert = describe(facts, signer, cms_reader.unique(evidence.certs + trust.for_signers(about=[signer["sid"]])))
    if cert is None:
        return
    certs = cms_reader.certificates(signed)
    if cms_reader.damaged(certs, trust.for_signers(about=certs)):
        problem(facts, NOT_VALID, "malformed", DAMAGED)
    if raw is None:
        problem(facts, UNDETERMINED, "detached", "the signed document is not inside: give it with --original")
        return
    kind = signed["encap_content_info"]["content_type"].dotted

    def digest(used):
        return raw if used is None else algorithms.digest(used, raw)

    last = min(proofs, default=trust.moment)
    archived = archive_timestamp.verify(signed, signer, raw, trust, evidence, last, token)
    verify_signer(facts, signer, cert, digest, trust, evidence, proofs, archived=archived, content_type=kind)
    if facts.pop("signing_certificate", None) is False:
        facts["format"], facts["level"] = "CMS", facts["level"].replace("B-B", "")
        warning(facts, "not_baseline", "The signing certificate is not among the signed data (not CAdES baseline).")
    inner = [dt.datetime.fromisoformat(facts["proved_time"])] if facts["proved_time"] else proofs
    countersignatures(facts, signer, trust, evidence, inner, found)


def countersignatures(parent, signer, trust, evidence, proofs, found, depth=1):
    """Countersignatures sign the value of the signature that they confirm (RFC 5652, 11.4)."""
    for number, info in enumerate(attributes(signer["unsigned_attrs"], COUNTERSIGNATURE), 1):
        facts = blank(f"{parent['field']}.{number}", "CAdES-countersignature")
        facts["countersigns"] = parent["field"]
        found.append(facts)
        if depth > MAX_NESTED:
            problem(facts, UNDETERMINED, "too_large", "countersignatures are nested too deep")
            return
        covered = signer["signature"].native
        cert = describe(facts, info, cms_reader.unique(evidence.certs + trust.for_signers(about=[info["sid"]])))
        if cert is None:
            continue
        verify_signer(
            facts, info, cert, lambda used, raw=covered: raw if used is None else algorithms.digest(used, raw),
            trust, evidence, proofs, countersignature=True,
        )  # fmt: skip
        facts.pop("signing_certificate", None)
        facts["covers_whole_file"], facts["later_changes"] = False, "none"
        countersignatures(facts, info, trust, evidence, proofs, found, depth + 1)

