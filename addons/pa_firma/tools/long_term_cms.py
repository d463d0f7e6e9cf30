"""Makes the signatures of a .p7m outlive their certificates: CAdES-B-T, B-LT and B-LTA (ETSI EN 319 122-1, 5.3, 5.5.3).

What is added is unsigned: timestamps of each signature, certificates and revocation data beside them, and archive
timestamps of version 3, whose index of hashes lets more be added later. What was signed is never written anew.
"""

import hashlib

from asn1crypto import algos, cms, core, tsp
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp

from . import archive_timestamp, cades, cms_reader, sign_timestamp, timestamp
from .errors import FirmaError
from .long_term_file import Signed, SignedFile, tokens_of
from .pdf_guard import MAX_BYTES

_INDEX = "0.4.0.19122.1.5"  # id-aa-ATSHashIndex-v3
_OCSP = "ocsp_response"
_FIELDS = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")


def obstacle(data):
    """Code of why these bytes are not a .p7m that can be extended; empty when they are."""
    if data[:1] != b"\x30":
        return "form"
    try:
        signed = cms_reader.load(data)
        inside = cms_reader.content(signed)
        simple = signed["encap_content_info"]["content_type"].dotted == cms_reader.OID_DATA
        attrs = [signer["unsigned_attrs"] for signer in signed["signer_infos"]]
    except Exception:  # hostile bytes raise anything: they are left as they are
        return "form"
    if inside is None:
        return "detached"
    if not simple or not attrs or inside[:1] == b"\x30" and not _plain(inside):
        return "form"
    if any(cms_reader.attributes(item, oid) for item in attrs for oid in archive_timestamp.OLDER):
        return "older"  # such a timestamp covers all that is beside it: nothing may be added
    return "form" if any(cms_reader.attributes(item, cades.COUNTERSIGNATURE) for item in attrs) else ""


def _plain(inside):
    """Whether what is signed is no envelope of its own, whose signatures nothing here would keep."""
    try:
        cms_reader.load(inside)
    except Exception:  # not a signature: a document
        return True
    return False


class SignedCms(SignedFile):
    """A .p7m as long-term keeping sees it: its signatures, in parallel, each with its own timestamps."""

    def __init__(self, data, evidence, trust, max_bytes=MAX_BYTES):  # pylint: disable=super-init-not-called
        if len(data) > max_bytes:
            raise FirmaError("too_large", "The file is too large.")
        if found := obstacle(data):
            raise FirmaError("unsupported", f"It is not a .p7m that can be extended ({found}).")
        self.info = cms.ContentInfo.load(data[: cms_reader.element_size(data)])
        self.signed = self.info["content"]
        self.names = set()
        signers = enumerate(self.signed["signer_infos"])
        self.items = [Signed(str(number), 0, False, {"signer_infos": [signer]}) for number, signer in signers]
        self.trust, self.own = trust, cms_reader.evidence(self.signed)
        self.all = self.own.add(evidence)
        for token in self._tokens():
            self.all = self.all.add(cms_reader.evidence(token))

    def _tokens(self):
        for item in self.items:
            yield from tokens_of(item.cms)
            yield from archives_of(item.cms)

    def _signed(self):
        yield from (item.cms for item in self.items)
        yield from self._tokens()

    @property
    def stamped(self):
        return all(tokens_of(item.cms) or archives_of(item.cms) for item in self.items)

    def last(self):
        found = [archives_of(item.cms)[-1:] for item in self.items]
        return [token for tokens in found for token in tokens] if all(found) else []

    def proofs(self):
        found, trust = [], self.trust
        for item in self.items:
            judged, times, current = trust.moment, [], trust.moment
            for token in reversed(archives_of(item.cms)):
                when = time_of(token)
                found += self._chain(token, when, judged, trust.for_time, current=current)
                judged, current = min(judged, when), None
                times.append(when)
            for token in tokens_of(item.cms):
                times.append(time_of(token))
                found += self._chain(token, times[-1], judged, trust.for_time)
            if not times:
                raise FirmaError("no_time", "No timestamp proves the time of the signature.")
            found += self._chain(item.cms, min(times), min(times), trust.for_signers, strict=True)
        return found


def time_of(token):
    return timestamp.tst_info(token)["gen_time"].native


def archives_of(view):
    """SignedData of the archive timestamps of one signature, in order of time."""
    values = cms_reader.attributes(view["signer_infos"][0]["unsigned_attrs"], archive_timestamp.V3)
    return sorted((timestamp.load_token(value.dump()) for value in values), key=time_of)


def stamp(_data, file, tsa, timeout):
    """A timestamp of every signature that has none."""
    _needs_authority(tsa)
    for item in file.items:
        signer = item.cms["signer_infos"][0]
        if not tokens_of(item.cms) and not archives_of(item.cms):
            token = _token(signer["signature"].native, tsa, timeout)
            _add(signer, "signature_time_stamp_token", token)
    return file.info.dump()


def store(_data, file, certs, ocsps, crls):
    """Certificates and revocation data beside the signatures, each once."""
    signed = file.signed
    known = {item.dump() for item in signed["certificates"] or []}
    added = [cms.CertificateChoices("certificate", cert) for cert in certs if cert.dump() not in known]
    if added:
        signed["certificates"] = cms.CertificateSet([*(signed["certificates"] or []), *added])
    known = set(file.own.ocsps) | set(file.own.crls)
    added = [cms.RevocationInfoChoice("crl", asn1_crl.CertificateList.load(der)) for der in crls if der not in known]
    added += [_answer(der) for der in ocsps if der not in known]
    if added:
        signed["crls"] = cms.RevocationInfoChoices([*(signed["crls"] or []), *added])
        if any(item.name == "other" for item in signed["crls"]):
            signed["version"] = "v5"  # RFC 5652, 5.1
    return file.info.dump()


def _answer(der):
    fields = {"other_rev_info_format": _OCSP, "other_rev_info": asn1_ocsp.OCSPResponse.load(der)}
    return cms.RevocationInfoChoice("other", cms.OtherRevocationInfoFormat(fields))


def archive(_data, file, tsa, timeout):
    """An archive timestamp of each signature, over all that is there now."""
    _needs_authority(tsa)
    raw = cms_reader.content(file.signed)
    for item in file.items:
        signer = item.cms["signer_infos"][0]
        index = _index(file.signed, signer).dump()
        parts = [file.signed["encap_content_info"]["content_type"].dump(), hashlib.sha256(raw).digest()]
        parts += [signer[name].dump() for name in _FIELDS] + [index]
        token = _token(b"".join(parts), tsa, timeout)
        _add(token["content"]["signer_infos"][0], _INDEX, core.Any.load(index))
        _add(signer, archive_timestamp.V3, core.Any.load(token.dump()))
    return file.info.dump()


def _index(signed, signer):
    """ats-hash-index-v3: the hash of each certificate, of each list or answer, of each value of an unsigned attribute."""
    values = [attr["type"].dump() + value.dump() for attr in signer["unsigned_attrs"] or [] for value in attr["values"]]
    groups = {
        "certificates": [item.dump() for item in signed["certificates"] or []],
        "crls": [item.dump() for item in signed["crls"] or []],
        "unsigned_attributes": values,
    }
    hashes = {name: [hashlib.sha256(item).digest() for item in items] for name, items in groups.items()}
    return archive_timestamp.WrittenIndex({"algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), **hashes})


def _token(data, tsa, timeout):
    answer = sign_timestamp.make_timestamp(data, tsa, timeout)
    return tsp.TimeStampResp.load(answer)["time_stamp_token"]


def _add(signer, kind, value):
    """One more unsigned attribute; those that are there keep their bytes."""
    attribute = cms.CMSAttribute({"type": kind, "values": [value]})
    signer["unsigned_attrs"] = cms.CMSAttributes([*(signer["unsigned_attrs"] or []), attribute])


def _needs_authority(tsa):
    if not tsa:
        raise FirmaError("no_authority", "No timestamp authority is set.")


def check_kept(before, after):
    """FirmaError unless content and signatures are those of before, byte by byte.

    In any order: they are a SET, which DER sorts by its bytes, and a timestamp in one changes them (X.690, 11.6).
    """
    old, new = cms_reader.load(before), cms_reader.load(after)
    if cms_reader.content(old) != cms_reader.content(new) or _signatures(old) != _signatures(new):
        raise FirmaError("changed", "The signature would not stay as it was.")


def _signatures(signed):
    return sorted([signer[name].dump() for name in _FIELDS] for signer in signed["signer_infos"])
