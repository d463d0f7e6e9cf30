"""CAdES archive timestamps: archive-time-stamp-v3 with its index of hashes (ETSI EN 319 122-1, 5.5.3), and the version 2
that came before (ETSI TS 101 733, 6.4.1), which covers the signature as it was, piece by piece."""

import datetime as dt

from asn1crypto import algos, core, parser

from . import algorithms, timestamp
from .cms_reader import attributes
from .errors import FirmaError

V3 = "0.4.0.1733.2.4"
V2 = "1.2.840.113549.1.9.16.2.48"
OLDER = (V2, "1.2.840.113549.1.9.16.2.27")
_INDEXES = ("0.4.0.1733.2.5", "0.4.0.19122.1.5")


class _Hashes(core.SequenceOf):
    _child_spec = core.OctetString


class HashIndex(core.Sequence):
    """ats-hash-index and ats-hash-index-v3."""

    _fields = [
        ("algorithm", algos.DigestAlgorithm, {"default": {"algorithm": "sha256"}}),
        ("certificates", _Hashes),
        ("crls", _Hashes),
        ("unsigned_attributes", _Hashes),
    ]


class WrittenIndex(HashIndex):
    """ats-hash-index-v3 as it is written: the algorithm is always there."""

    _fields = [("algorithm", algos.DigestAlgorithm), *HashIndex._fields[1:]]


def verify(signed, signer, raw, trust, evidence, at, token):
    """Facts of the archive timestamps, the last first: each earlier one is judged at the time that a later one proves."""
    found = []
    for oid in (V3, *OLDER):
        for value in attributes(signer["unsigned_attrs"], oid):
            found.append((oid, value.dump()))
    order = sorted(found, key=lambda item: _time(item[1]), reverse=True)
    results = []
    for oid, der in order:
        covered = _covered(signed, signer, raw, der) if oid == V3 else _covered_v2(signed, signer, raw, der) if oid == V2 else None
        facts = token(der, covered, trust, evidence, at, "archive")
        written = getattr(signed, "written", None)  # in pieces: some programs stamp it as it stands
        if oid == V2 and written is not None and not facts["integrity"]:
            again = token(der, _covered_v2(signed, signer, raw, der, written), trust, evidence, at, "archive")
            facts = again if again["integrity"] else facts
        if oid not in (V3, V2):
            facts["why"] = "archive timestamps older than version 2 are not evaluated"
        if facts["trusted"]:
            at = min(at, dt.datetime.fromisoformat(facts["time"]))
        results.append(facts)
    return results


def _time(der):
    try:
        signed = timestamp.load_token(der)
        return timestamp.tst_info(signed)["gen_time"].native.timestamp()
    except Exception:  # unreadable: judged last, and it will not count
        return 0


def _covered(signed, signer, raw, der):
    """Function from a digest's name to the digest that the imprint must be; raises when the index does not hold."""
    token = timestamp.load_token(der)
    stamper = token["signer_infos"][0]
    index = next((v for oid in _INDEXES for v in attributes(stamper["unsigned_attrs"], oid)), None)
    if index is None:
        return None
    index_der = index.dump()
    parsed = HashIndex.load(index_der)

    def digest(used):
        _check_index(parsed, signed, signer)
        parts = [
            signed["encap_content_info"]["content_type"].dump(),
            algorithms.digest(used, raw),
            *(signer[name].dump() for name in ("version", "sid", "digest_algorithm", "signed_attrs")),
            *(signer[name].dump() for name in ("signature_algorithm", "signature")),
            index_der,
        ]
        return algorithms.digest(used, b"".join(parts))

    return digest


def _covered_v2(signed, signer, raw, der, written=None):
    """The same for version 2: content, certificates, lists, and the SignerInfo without the archive timestamps of then or later.

    :param written: the content as it was written, instead of in one piece
    """
    content = signed["encap_content_info"]
    pieces = [written or content.dump()]
    if content["content"].native is None:
        pieces.append(raw)
    pieces += [signed[name].dump() for name in ("certificates", "crls") if len(signed[name] or [])]
    names = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    pieces += [signer[name].dump() for name in names]
    moment = _time(der)
    earlier = [
        attr.dump()
        for attr in signer["unsigned_attrs"]
        if attr["type"].dotted not in (V3, *OLDER) or all(_time(value.dump()) < moment for value in attr["values"])
    ]
    if earlier:
        pieces.append(parser.emit(2, 1, 1, b"".join(earlier)))
    return lambda used: algorithms.digest(used, b"".join(pieces))


def _check_index(index, signed, signer):
    """Every hash of the index must be of something in the signature (things may be added after, never removed)."""
    used = index["algorithm"]["algorithm"].native
    present = {
        "certificates": [item.dump() for item in signed["certificates"] or []],
        "crls": [item.dump() for item in signed["crls"] or []],
        "unsigned_attributes": list(_pieces(signer["unsigned_attrs"])),
    }
    for name, items in present.items():
        hashes = {algorithms.digest(used, item) for item in items}
        if any(wanted.native not in hashes for wanted in index[name]):
            raise FirmaError("timestamp", "what the archive timestamp protects was changed")


def _pieces(attrs):
    """Attributes whole (first index) and as type with each value (version 3 of the index)."""
    for attr in attrs or []:
        yield attr.dump()
        for value in attr["values"]:
            yield attr["type"].dump() + value.dump()
