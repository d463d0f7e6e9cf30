"""RFC 3161 timestamp tokens: what they cover, by whom, whether the time that they say is proved."""

import datetime as dt

from asn1crypto import cms, core, tsp

from . import algorithms, chain, cms_reader, identity, revocation
from .cms_signer import check_integrity, find_certificate
from .errors import FirmaError
from .facts import blank
from .trust import qualify_time, weaknesses

TOLERANCE = dt.timedelta(minutes=2)  # clocks differ


class _Response(core.Sequence):
    # asn1crypto's own class wants a token also where the authority refused to give one
    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


def load_token(data):
    """SignedData of a token, from the bytes of the token or of a whole response."""
    try:
        return cms_reader.load(data)
    except (FirmaError, ValueError, KeyError, TypeError):
        size = cms_reader.element_size(data)
        if data[size:].strip(b"\r\n"):
            raise FirmaError("trailing", "Bytes follow the timestamp.") from None
        response = _Response.load(data[:size])
        if response["status"]["status"].native not in ("granted", "granted_with_mods"):
            raise FirmaError("timestamp", "The timestamp authority refused to give a timestamp.") from None
        token = response["time_stamp_token"]
        if not isinstance(token, cms.ContentInfo):
            raise FirmaError("timestamp", "The answer of the timestamp authority holds no timestamp.") from None
        return cms_reader.load(token.dump())


def unknown(kind, why=""):
    """Facts of a timestamp of which nothing is known; `qualified` stays None where no trusted list is given."""
    blank_facts = {"kind": kind, "time": None, "authority": "", "integrity": False, "trusted": False, "why": why}
    return blank_facts | {"qualified": None, "qualified_by": None, "qualified_service": None, "qualified_period": None}


def verify_token(signed, digest, trust, evidence, at, kind="signature"):
    """Facts of a timestamp token.

    :param digest: function from an algorithm's name to the digest of what must have been stamped; None when unknown
    :param at: moment at which the authority's certificate is judged
    """
    facts = unknown(kind)
    try:
        _verify(facts, signed, digest, trust, evidence, at)
    except FirmaError as error:
        facts["why"] = error.detail
    except MemoryError:
        raise
    except Exception as error:  # fails closed: an unreadable token proves nothing
        facts["why"] = f"the timestamp cannot be read ({type(error).__name__})"
    return facts


def _verify(facts, signed, digest, trust, evidence, at):
    info = tst_info(signed)
    facts["time"] = info["gen_time"].native.isoformat()
    if len(signed["signer_infos"]) != 1:
        raise FirmaError("timestamp", "the timestamp has not exactly one signature")
    signer = signed["signer_infos"][0]
    evidence = evidence.add(cms_reader.evidence(signed))
    cert = find_certificate(signer, cms_reader.unique(evidence.certs + trust.for_time(about=[signer["sid"]])))
    if cert is None:
        raise FirmaError("timestamp", "the certificate of the timestamp authority is missing")
    facts["authority"] = identity.signer_name(cert)
    inner = blank("timestamp")
    raw = cms_reader.content(signed)
    check_integrity(inner, signer, cert, lambda used: algorithms.digest(used, raw), cms_reader.OID_TST_INFO)
    imprint = info["message_imprint"]
    used = imprint["hash_algorithm"]["algorithm"].native
    covers = digest is not None and imprint["hashed_message"].native == digest(used)
    facts["integrity"] = bool(inner["integrity"] and covers)
    facts["digest_algorithm"] = algorithms.name(used)
    if not inner["integrity"]:
        facts["why"] = inner["problems"][0][2]
    elif not covers:
        facts["why"] = "the timestamp is of something else"
    elif cms_reader.damaged(certs := cms_reader.certificates(signed), trust.for_time(about=certs)):
        facts["why"] = "a certificate inside the timestamp is damaged"
    elif not inner.get("signing_certificate"):
        facts["why"] = "the timestamp does not name its certificate"
    else:
        facts["why"] = _trust(facts, cert, trust, evidence, at, info, (used, inner["digest_algorithm"]))
        facts["trusted"] = not facts["why"]


def tst_info(signed):
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].dotted != cms_reader.OID_TST_INFO:
        raise FirmaError("timestamp", "the timestamp holds something else")
    return tsp.TSTInfo.load(cms_reader.content(signed), strict=True)


def _trust(facts, cert, trust, evidence, at, info, digests):
    """Why the time is not proved; empty when it is. Whether it is a qualified timestamp is told in the facts."""
    usage = cert.extended_key_usage_value
    if usage is None or usage.native != ["time_stamping"]:
        return "the certificate is not meant for timestamps only"
    time = info["gen_time"].native
    if time > at + TOLERANCE:
        return "the timestamp comes from the future"
    if chain.outside(cert, time):
        return "the authority's certificate was not valid at the time of the timestamp"
    evidence = trust.evidence.add(evidence)
    anchors = trust.for_time(min(time, at), [cert, *evidence.certs])
    path = trust.met(chain.build(cert, anchors, evidence.certs, at), at)
    qualify_time(facts, cert, path, trust, time)
    if not path.trusted:
        return path.detail
    for index, item in enumerate(path.certs[:-1]):
        state = revocation.status(item, path.certs[index + 1], evidence, at)
        if state.state == "revoked" and state.statement.revoked_at <= at:
            return "the authority's certificate is revoked"
    for weak in (*map(algorithms.weakness, digests), *weaknesses(path)):
        if weak and not (weak[1] and at < algorithms.SUNSET):
            return weak[0]
    return ""


