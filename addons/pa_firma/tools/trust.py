"""What is trusted, what the file itself brings as evidence, and how a signer's certificate is judged."""

import datetime as dt
from dataclasses import dataclass, field

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509

from . import algorithms, chain, identity, revocation
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, problem, warning

_TIME_SERVICES = ("TSA/QTST", "TSA", "TSA/TSS-QC", "TSA/TSS-AdESQCandQES")


@dataclass
class Evidence:
    """Certificates and revocation statements found in the file; never trusted by themselves."""

    certs: list = field(default_factory=list)
    ocsps: list = field(default_factory=list)
    crls: list = field(default_factory=list)

    def add(self, other):
        """This evidence and another's, together."""
        return Evidence(self.certs + other.certs, self.ocsps + other.ocsps, self.crls + other.crls)


@dataclass
class Trust:
    """Anchors given by whoever verifies, trusted lists, and the moment of judgement.

    `evidence` is what whoever verifies found elsewhere: no more trusted than what the file brings, but not part of it.
    `chains` collects the chains that were met.
    """

    anchors: list
    moment: dt.datetime
    lists: list = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)
    chains: list = field(default_factory=list)

    def for_signers(self, moment=None, about=None):
        """Anchors for who signs; with a moment, only the services of the lists that were granted then.

        :param about: certificates or signer identifiers: of the lists, only what could be or have issued one of them
        """
        return self._with_lists(("CA/QC",), moment, about)

    def for_time(self, moment=None, about=None):
        """Anchors for timestamp authorities."""
        return self._with_lists(_TIME_SERVICES, moment, about)

    def _with_lists(self, kinds, moment, about):
        return self.anchors + [cert for item in self.lists for cert in item.certificates(*kinds, moment=moment, about=about)]

    def met(self, path, when):
        """Note a chain judged at a moment, for whoever wants to ask its authorities about it."""
        self.chains.append((path, when))
        return path


def certificates(item):
    """Every certificate of a PEM bundle or a DER file; FirmaError when there is none."""
    raw = item.encode() if isinstance(item, str) else bytes(item)
    try:
        if not pem.detect(raw):
            return [_certificate(raw)]
        blocks = [der for kind, _headers, der in pem.unarmor(raw, multiple=True) if "CERTIFICATE" in kind]
        found = [_certificate(der) for der in blocks]
    except (ValueError, TypeError) as error:
        raise FirmaError("trust", "A trust anchor cannot be read.") from error
    if not found:
        raise FirmaError("trust", "A file of trust anchors holds no certificate.")
    return found


def _certificate(der):
    cert = asn1_x509.Certificate.load(der, strict=True)
    if not (cert.serial_number is not None and cert["tbs_certificate"]["validity"].native and cert.subject.native):
        raise ValueError("not a certificate")
    return cert


def judge(facts, cert, trust, evidence, proofs, digests):
    """Judge the signer's certificate at the earliest proved time, or at the moment of judgement without one.

    :param proofs: times that something trusted proves, none of them after the moment of judgement
    :param digests: digest algorithms that the signature relies on
    """
    proved = min(proofs, default=None)
    when = proved or trust.moment
    facts["proved_time"] = proved.isoformat() if proved else None
    evidence = trust.evidence.add(evidence)
    anchors = trust.for_signers(when, [cert, *evidence.certs])
    path = trust.met(chain.build(cert, anchors, evidence.certs, when), when)
    facts["certificate_valid"] = path.trusted
    _chain(facts, cert, path, proved)
    _revocation(facts, path, evidence, proved, when)
    _weakness(facts, path, digests, when)
    qualification(facts, cert, path, trust, when)
    if not facts["key_usage_ok"]:
        problem(facts, NOT_VALID, "key_usage", "the certificate is not meant for signing (no non-repudiation)")
    return path


def _chain(facts, cert, path, proved):
    if path.trusted:
        return
    if path.cause != "expired":
        problem(facts, UNDETERMINED, "untrusted", path.detail)
        return
    claimed = facts["signing_time"]
    outside = claimed and chain.outside(cert, dt.datetime.fromisoformat(claimed))
    if proved:
        problem(facts, NOT_VALID, "expired", path.detail)
    elif outside:
        detail = "by its own signing time the certificate was not valid (expired, or not yet valid)"
        problem(facts, NOT_VALID, "expired", detail)
    else:
        detail = f"{path.detail} (expired, or not yet valid), and no proof of time says that it was signed in time"
        problem(facts, UNDETERMINED, "expired", detail)


def _revocation(facts, path, evidence, proved, when):
    """Every certificate of the chain but the anchor; the signer's own state is what is reported."""
    if len(path.certs) < 2:
        warning(facts, "revocation", "Revocation was not checked.")
        return
    for index, cert in enumerate(path.certs[:-1]):
        state = revocation.status(cert, path.certs[index + 1], evidence, when)
        if not index:
            facts["revocation"] = state.state
        if state.state == "revoked":
            _revoked(facts, cert, state.statement, when, proved, own=not index)
        elif not index and state.state != "good":
            words = "is too old" if state.state == "stale" else "was not checked"
            warning(facts, "revocation", f"Revocation {words}.")


def _revoked(facts, cert, statement, when, proved, *, own):
    who = "the certificate" if own else f"the authority {identity.signer_name(cert)}"
    moment = statement.revoked_at
    if own:
        facts["revocation_time"] = moment.isoformat()
    if when < moment:
        if own:
            facts["revocation"] = "revoked_later"
        warning(facts, "revoked_later", f"{who} was revoked later, on {moment.isoformat()}")
        return
    facts["certificate_valid"] = False
    suspended = statement.on_hold and not proved
    words = "suspended" if statement.on_hold else "revoked"
    severity = UNDETERMINED if suspended else NOT_VALID
    tail = "" if proved else ", and no proof of time says that it was signed before"
    problem(facts, severity, "revoked", f"{who} is {words} since {moment.isoformat()}{tail}")


def _weakness(facts, path, digests, when):
    found = [algorithms.weakness(item) for item in digests]
    found += weaknesses(path)
    for item in filter(None, found):
        words, once_admitted = item
        if once_admitted and when < algorithms.SUNSET:
            warning(facts, "weak_algorithm", f"{words}, still admitted at that time")
        else:
            problem(facts, UNDETERMINED, "weak_algorithm", words)


def weaknesses(path):
    """Of the certificates of a chain, their keys and the signatures on them; the anchor is trusted as it is."""
    for index, cert in enumerate(path.certs):
        if index and index + 1 == len(path.certs):
            break
        yield algorithms.weakness("", cert.public_key)
        if index + 1 < len(path.certs):
            yield algorithms.weakness(algorithms.digest_name(cert["signature_algorithm"]))


def qualification(facts, cert, path, trust, when):
    """Qualified or not by the trusted lists; `None` when no list can tell."""
    declared = identity.qualified_statements(cert)
    facts["qualified"] = None
    if not trust.lists:
        if declared["compliance"]:
            warning(facts, "qualified_declared", "Declared as qualified, not confirmed by a trusted list.")
        return
    answers = [item.qualification(cert, path.certs, declared, when) for item in trust.lists]
    best = _best(answers)
    if best is None:
        facts["qualified"] = False if path.trusted else None
        warning(facts, "not_qualified", "The certificate's authority is in none of the trusted lists.")
        return
    facts.update(
        qualified=best["qualified"], qualified_by=best["list"], qualified_service=best["service"],
        qualified_period=best["period"], qscd=best["qscd"],
    )  # fmt: skip
    if best["qualified"] is None:
        warning(facts, "qualified_unknown", f"It cannot be told whether it is qualified: {best['why']}.")
    elif not best["qualified"]:
        warning(facts, "not_qualified", f"Not qualified: {best['why']}.")


def _best(answers):
    """The answer that counts among those of several lists: qualified, else of a list that knows the service."""
    known = [item for item in answers if item["known"]]
    return next((item for wanted in (True, None, False) for item in known if item["qualified"] is wanted), None)


def qualify_time(facts, cert, path, trust, when):
    """Whether a timestamp is a qualified one (eIDAS, art. 42) by the trusted lists; `None` when no list can tell."""
    if not trust.lists:
        return
    best = _best([item.time_qualification(cert, path.certs, when) for item in trust.lists])
    facts["qualified"] = bool(best and best["qualified"])
    if best:
        facts.update(qualified_by=best["list"], qualified_service=best["service"], qualified_period=best["period"])
