"""A signed PDF as long-term keeping sees it: what it is signed with, and which certificates have to be proved good."""

import datetime as dt
from dataclasses import dataclass
from io import BytesIO

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from . import cades, chain, cms_reader, pdf_evidence, revocation, timestamp
from .cms_signer import find_certificate
from .errors import FirmaError
from .pdf_guard import MAX_BYTES, check_plain
from .trust import Evidence
from .verify import SUPPORTED

_TOLERANCE = dt.timedelta(minutes=5)  # clocks differ
_FRESH = dt.timedelta(days=7)


@dataclass(frozen=True)
class Proof:
    """A certificate that has to be proved good: whose it is, from which moment on, by whom it was issued."""

    cert: x509.Certificate
    issuer: x509.Certificate
    needed: dt.datetime
    strict: bool = (
        False  # the signer's own: what was stated before the signature says nothing of it
    )
    current: dt.datetime | None = None  # of the last timestamp: the statement must hold now

    def settles(self, statement):
        """Whether this statement is about the needed moment; FirmaError when it says that the certificate was revoked before."""
        if statement.revoked and statement.revoked_at <= self.needed:
            raise FirmaError("revoked", name_of(self.cert))
        expiry = self.cert["tbs_certificate"]["validity"]["not_after"].native
        if not statement.revoked and statement.issued > expiry + _TOLERANCE:
            return False  # it may have been dropped from the list when it expired
        if (
            self.current
            and statement.issued < self.current - _FRESH
            and not _holds(statement, self.current)
        ):
            return False
        if statement.issued >= self.needed - _TOLERANCE:
            return True
        return not self.strict and _holds(statement, self.needed)


def _holds(statement, moment):
    return statement.until is not None and statement.until >= moment - _TOLERANCE


@dataclass
class Signed:
    """A filled signature field, or one of the signatures of a .p7m."""

    name: str
    end: int
    is_timestamp: bool
    cms: object


class SignedFile:
    """A signed PDF as read: its signatures in order of time, and what it carries."""

    def __init__(self, data, evidence, trust, max_bytes=MAX_BYTES):
        check_plain(data, max_bytes)
        reader = PdfFileReader(BytesIO(data))
        if reader.encrypted:
            raise FirmaError("encrypted", "The PDF is encrypted.")
        fields = list(enumerate_sig_fields(reader))
        self.names = {name for name, _value, _field in fields}
        self.items = sorted(
            (
                _signed(name, value.get_object())
                for name, value, _field in fields
                if value is not None
            ),
            key=lambda item: item.end,
        )
        if not any(not item.is_timestamp for item in self.items):
            raise FirmaError("unsigned", "The file holds no signature.")
        self.trust, self.own = trust, pdf_evidence.read(reader)
        self.all = self.own.add(evidence)
        for cms in self._signed():
            self.all = self.all.add(cms_reader.evidence(cms))

    @property
    def stamps(self):
        return [item for item in self.items if item.is_timestamp]

    @property
    def stamped(self):
        """Whether a timestamp proves the time of every signature."""
        end = max((item.end for item in self.stamps), default=0)
        return all(
            item.is_timestamp or item.end < end or tokens_of(item.cms) for item in self.items
        )

    def last(self):
        """Timestamps that cover the whole file now, one for each part; empty when something came after."""
        return [self.items[-1].cms] if self.items[-1].is_timestamp else []

    def proofs(self):
        """Everything that must be proved good, document timestamps proving the time of what is before them."""
        found, proved, last, trust = [], None, self.items[-1], self.trust
        for item in reversed(self.items):
            judged, times = proved or trust.moment, [proved] if proved else []
            for token in [item.cms] if item.is_timestamp else tokens_of(item.cms):
                when = timestamp.tst_info(token)["gen_time"].native
                current = trust.moment if item is last and item.is_timestamp else None
                found += self._chain(token, when, judged, trust.for_time, current=current)
                times.append(when)
            if not times:
                raise FirmaError("no_time", "No timestamp proves the time of the signature.")
            if item.is_timestamp:
                proved = min(times)
            else:
                found += self._chain(item.cms, min(times), min(times), trust.for_signers, strict=True)
        return found

    def unstamped_proofs(self):
        """What a file whose time no timestamp proves yet has to be proved of: its signers, as of now."""
        now, found = self.trust.moment, []
        for item in self.items:
            found += self._chain(item.cms, now, now, self.trust.for_signers, strict=True)
        return found

    def chain_of(self, cms, when, judged, anchors):
        """The chain of who signed, judged at a moment; `anchors` is the trust's method for that kind of signer."""
        signer = cms["signer_infos"][0]
        cert = find_certificate(signer, cms_reader.unique(self.all.certs + anchors(about=[signer["sid"]])))
        if cert is None:
            raise FirmaError("no_certificate", "A certificate is missing from the file.")
        return chain.build(cert, anchors(min(when, judged), [cert, *self.all.certs]), self.all.certs, judged)

    def ends(self):
        """The certificates of the signers and of the timestamp authorities."""
        found = [find_certificate(cms["signer_infos"][0], self.all.certs) for cms in self._signed()]
        return [cert for cert in found if cert is not None]

    def _signed(self):
        """Everything signed that the file holds: signatures, their timestamps, document timestamps."""
        for item in self.items:
            yield item.cms
            if not item.is_timestamp:
                yield from tokens_of(item.cms)

    def _chain(self, cms, when, judged, anchors, *, strict=False, current=None):
        path = self.chain_of(cms, when, judged, anchors)
        if not path.trusted:
            code = "expired" if path.cause == "expired" else "untrusted"
            raise FirmaError(code, name_of(path.certs[0]))
        pairs = zip(path.certs, path.certs[1:], strict=False)
        return [Proof(item, issuer, when, strict and not index, current) for index, (item, issuer) in enumerate(pairs)]


def _signed(name, signature):
    subfilter = str(signature["/SubFilter"]) if "/SubFilter" in signature else ""
    if subfilter not in SUPPORTED:
        raise FirmaError(
            "unsupported", f"A signature is in a format that cannot be extended ({subfilter})."
        )
    ranges = signature["/ByteRange"]
    cms = cms_reader.load(signature.raw_get("/Contents").original_bytes, trailing=b"\0")
    if len(cms["signer_infos"]) != 1:
        raise FirmaError("unsupported", "A signature of the file is more than one.")
    return Signed(name, int(ranges[2]) + int(ranges[3]), subfilter == "/ETSI.RFC3161", cms)


def tokens_of(cms):
    values = cms_reader.attributes(
        cms["signer_infos"][0]["unsigned_attrs"], cades.SIGNATURE_TIMESTAMP
    )
    return [timestamp.load_token(value.dump()) for value in values]


def name_of(cert):
    return cert.subject.native.get("common_name") or cert.subject.human_friendly


def best_statement(proof, evidence):
    """(DER, kind) of the latest statement that settles this proof, or None."""
    found = []
    for kind, ders in (("ocsp", evidence.ocsps), ("crl", evidence.crls)):
        for der in dict.fromkeys(ders):
            one = Evidence(evidence.certs, *(([der], []) if kind == "ocsp" else ([], [der])))
            for statement in revocation.statements(proof.cert, proof.issuer, one):
                if proof.settles(statement):
                    found.append((statement.issued, kind, der))
    return (lambda item: (item[2], item[1]))(max(found)) if found else None
