"""Whether a listed service makes a certificate qualified, at a moment (ETSI TS 119 615, 4.4 and 4.5).

Before eIDAS (1 July 2016) services were supervised or accredited under Directive 1999/93/EC; since then they are granted
or withdrawn, for signatures, for seals or for web sites. What a list adds to a certificate (qualifiers) overrules what the
certificate says of itself. Where a list contradicts itself, or sets a condition that is not known, nothing is told.
"""

import datetime as dt
from dataclasses import dataclass

EIDAS = dt.datetime(2016, 6, 30, 22, tzinfo=dt.timezone.utc)  # midnight in Brussels
_SUPERVISED = {"undersupervision", "accredited", "supervisionincessation"}
# Not qualified, but known to a country: enough for a timestamp authority to be trusted.
_NATIONAL = {"setbynationallaw", "recognisedatnationallevel"}
_ON_QSCD = {"QCWithSSCD", "QCWithQSCD", "QCQSCDManagedOnBehalf"}
_NOT_ON_QSCD = {"QCNoSSCD", "QCNoQSCD"}
_AS_DECLARED = {"QCSSCDStatusAsInCert", "QCQSCDStatusAsInCert"}
_KINDS = {"QCForESig": "esign", "QCForESeal": "eseal", "QCForWSA": "web"}
_PURPOSES = {"esign": "ForeSignatures", "eseal": "ForeSeals", "web": "ForWebSiteAuthentication"}
_USAGES = {
    "nonRepudiation": "non_repudiation", "digitalSignature": "digital_signature", "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment", "keyAgreement": "key_agreement", "keyCertSign": "key_cert_sign",
    "crlSign": "crl_sign", "encipherOnly": "encipher_only", "decipherOnly": "decipher_only",
}  # fmt: skip

ABSENT = "the service was not in the list at that time"
STATUS = "the service was not qualified at that time"
UNKNOWN = "the trusted list sets a condition that this program does not know"
CONTRADICTION = "the trusted list contradicts itself"
EXCLUDED = "the trusted list says that these certificates are not qualified"
UNDECLARED = "the certificate does not declare itself qualified"
LEGAL_PERSON = "the trusted list says that these certificates are of legal persons, before eIDAS"
WEB = "the certificate is for web sites"
BY_NAME = "the trusted list names the service only by its name"
THIRD = "the list is not one of the European Union"
PURPOSE = "the service was not qualified for this purpose"


def granted(status, when, kind="CA/QC"):
    """Whether a service in this status could be relied on at a moment (TS 119 612, 5.5.4 and annex J)."""
    if status == "granted" or (status in _SUPERVISED and when < EIDAS):
        return True
    return status in _NATIONAL and kind.startswith("TSA") and kind != "TSA/QTST"


def meets(criteria, cert):
    """All, at least one, or none of the conditions; None when one that is not known decides."""
    results = [_met(kind, value, cert) for kind, value in criteria["items"]]
    if not results:
        return False
    some, all_known = any(result is True for result in results), None not in results
    rule = criteria["assert"]
    if rule == "all":
        return False if False in results else (True if all_known else None)
    if rule == "atLeastOne":
        return True if some else (False if all_known else None)
    if rule == "none":
        return False if some else (True if all_known else None)
    return None


def _met(kind, value, cert):
    if kind == "criteria":
        return meets(value, cert)
    if kind == "usage":
        usage = cert.key_usage_value
        present = set(usage.native) if usage is not None else set()
        return all((_USAGES.get(name, name) in present) == wanted for name, wanted in value)
    present = {"policies": _policies, "purposes": _purposes, "attributes": _attributes}.get(kind)
    return present(cert).issuperset(value) if present and value else None


def _policies(cert):
    return {item["policy_identifier"].dotted for item in cert.certificate_policies_value or []}


def _purposes(cert):
    return {item.dotted for item in cert.extended_key_usage_value or []}


def _attributes(cert):
    return {part["type"].dotted for rdn in cert.subject.chosen for part in rdn}


def qualifiers(qualifications, cert):
    """Qualifiers that the list adds to a certificate (TS 119 612, 5.5.9.2), and whether it is not known if others."""
    found, unknown = set(), False
    for item in qualifications:
        met = meets(item["criteria"], cert) if item["criteria"] else None
        unknown |= met is None
        if met:
            found.update(item["qualifiers"])
    return found, unknown


@dataclass
class Standing:
    """What one period of a service says of a certificate: qualified or not (None: not told) and why, for what, and whether
    its key is in a device (None: not told)."""

    qualified: bool | None
    why: str = ""
    kind: str = ""
    qscd: bool | None = None


def standing(period, cert, declared, when, issued):
    """What a period says at a moment.

    :param declared: `identity.qualified_statements` of the certificate
    :param issued: when the certificate was issued
    """
    if period is None:
        return Standing(False, ABSENT)
    if not granted(period.status, when):
        return Standing(False, STATUS)
    added, unknown = qualifiers(period.qualifications, cert)
    if unknown:
        return Standing(None, UNKNOWN)
    qualified, why = _qualified(added, declared, issued)
    if not qualified:
        return Standing(qualified, why)
    kind, why = _kind(added, declared, issued)
    if why:
        return Standing(None if why == CONTRADICTION else False, why)
    if issued >= EIDAS and _PURPOSES[kind] not in period.purposes:
        return Standing(False, f"{PURPOSE} ({_PURPOSES[kind]})", kind)
    if kind == "web":
        return Standing(False, WEB, kind)
    return Standing(True, "", kind, _qscd(added, declared, issued))


def _qualified(added, declared, issued):
    if added >= {"NotQualified", "QCStatement"}:
        return None, CONTRADICTION
    if "NotQualified" in added:
        return False, EXCLUDED
    by_policy = issued < EIDAS and declared["policies"] & {"qcp", "qcp_plus"}
    if declared["compliance"] or by_policy or "QCStatement" in added:
        return True, ""
    return False, UNDECLARED


def _kind(added, declared, issued):
    said = {_KINDS[name] for name in added & _KINDS.keys()}
    if len(said) > 1:
        return "", CONTRADICTION
    if said:
        return said.pop(), ""
    types = declared["types"]
    if not types and "QCForLegalPerson" in added:
        return "", LEGAL_PERSON  # eIDAS, art. 51.2: only those of natural persons stay qualified
    return next((kind for kind in ("esign", "eseal", "web") if kind in types), "web" if types else "esign"), ""


def _qscd(added, declared, issued):
    """In a qualified device by the list, else as the certificate declares (before eIDAS also by its policy)."""
    said = [bool(added & names) for names in (_ON_QSCD, _NOT_ON_QSCD, _AS_DECLARED)]
    if sum(said) > 1:
        return None
    if said[0] or said[1]:
        return said[0]
    return declared["statement"] or (issued < EIDAS and "qcp_plus" in declared["policies"])


def both(then, now):
    """One answer from when the certificate was issued and when it signed: qualified at both."""
    for wanted in (False, None):
        worse = next((item for item in (now, then) if item.qualified is wanted), None)
        if worse:
            return worse
    return now
