"""What a trusted list says, in a compact form: read once when the list is accepted, then looked up by certificate.

The compact form is plain data (JSON): certificates by their SHA-256 with the names that find them, services with their
periods. A list of some megabytes is then one dictionary, and only the certificates that a signature needs are parsed.
"""

import base64
import datetime as dt
import hashlib
import json

from asn1crypto import cms, x509

from . import algorithms, chain

FORMAT = 1
# eIDAS since 1 July 2016, Directive 1999/93/EC before (TS 119 612, 5.5.4)
_GRANTED = {"granted", "undersupervision", "accredited", "supervisionincessation", "setbynationallaw"}
_QSCD = {"QCWithSSCD", "QCWithQSCD", "QCQSCDManagedOnBehalf"}
_NO_QSCD = {"QCNoSSCD", "QCNoQSCD"}
_USAGES = {"nonRepudiation": "non_repudiation", "digitalSignature": "digital_signature", "keyCertSign": "key_cert_sign"}


def name_key(name):
    """What two equal names have in common."""
    return hashlib.sha256(name.hashable.encode()).hexdigest()[:32]


def describe(cert):
    """The compact form of one certificate."""
    return {
        "der": base64.b64encode(cert.dump()).decode(),
        "subject": name_key(cert.subject),
        "signer": f"{name_key(cert.issuer)}:{cert.serial_number:x}",
        "key": (cert.key_identifier or b"").hex(),
    }


class Period:
    """One stretch of a service's life: from when, in which status, with which extensions."""

    def __init__(self, data):
        self.start, self.status = time(data["start"]), data["status"]
        self.purposes, self._qualifications = set(data["purposes"]), data["qualifications"]

    @property
    def granted(self):
        return self.status in _GRANTED

    def qualifiers(self, cert):
        """Qualifiers that the list adds to a certificate that meets their criteria (TS 119 612, 5.5.9.2)."""
        met = [item for item in self._qualifications if item["criteria"] and meets(item["criteria"], cert)]
        return {name for item in met for name in item["qualifiers"]}


def meets(criteria, cert):
    """All, at least one, or none of the criteria; one that is not known is not met."""
    results = []
    for kind, value in criteria["items"]:
        if kind == "usage":
            usage = cert.key_usage_value
            present = set(usage.native) if usage is not None else set()
            results.append(all((_USAGES.get(name, name) in present) == wanted for name, wanted in value))
        elif kind == "policies":
            present = {item["policy_identifier"].dotted for item in cert.certificate_policies_value or []}
            results.append(bool(value) and present.issuperset(value))
        else:
            results.append(kind == "criteria" and meets(value, cert))
    if not results:
        return False
    return {"all": all(results), "atLeastOne": any(results), "none": not any(results)}.get(criteria["assert"], False)


class Service:
    """A service of a provider: kind, and its life from the last period to the first."""

    def __init__(self, data):
        self.provider, self.kind, self.shas = data["provider"], data["kind"], data["certs"]
        self.periods = sorted((Period(item) for item in data["periods"]), key=lambda p: p.start, reverse=True)

    def at(self, moment):
        """The period in which a moment falls, or None when the service was not there yet."""
        return next((period for period in self.periods if period.start <= moment), None)


class TrustedList:
    """A list whose signature has been accepted."""

    def __init__(self, data):
        self.name = f"{data['territory']} {data['sequence']}"
        self.next_update = time(data["next_update"]) if data["next_update"] else None
        self.is_list_of_lists, self._pointers = data["lotl"], data["pointers"]
        self._certs, self._services = data["certs"], data["services"]
        self._ready = {}
        self._users, self._found = {}, {}
        for number, service in enumerate(self._services):
            for sha in service["certs"]:
                self._users.setdefault(sha, []).append(number)
        for sha, item in self._certs.items():
            for key in (sha, "s" + item["subject"], item["signer"], "k" + item["key"]):
                self._found.setdefault(key, []).append(sha)

    @property
    def pointers(self):
        """Certificates of the signers of the lists that this one names."""
        return [x509.Certificate.load(base64.b64decode(der)) for item in self._pointers for der in item["certs"]]

    def _cert(self, sha):
        if ("cert", sha) not in self._ready:
            self._ready["cert", sha] = x509.Certificate.load(base64.b64decode(self._certs[sha]["der"]), strict=True)
        return self._ready["cert", sha]

    def _service(self, number):
        if number not in self._ready:
            self._ready[number] = Service(self._services[number])
        return self._ready[number]

    def _about(self, items):
        """SHA-256 of the certificates that are, or may have issued, these; of those that a signer identifier names."""
        keys = {}
        for item in items:
            if isinstance(item, cms.SignerIdentifier):
                named = item.chosen
                if item.name == "issuer_and_serial_number":
                    keys[f"{name_key(named['issuer'])}:{named['serial_number'].native:x}"] = None
                else:
                    keys["k" + named.native.hex()] = None
            else:
                keys |= {item.sha256.hex(): None, "s" + name_key(item.issuer): None}
        return dict.fromkeys(sha for key in keys for sha in self._found.get(key, ()))

    def certificates(self, *kinds, moment=None, about=None):
        """Certificates of the services of these kinds, those that were granted at a moment if one is given.

        :param about: certificates or signer identifiers: only what is, or may have issued, one of them
        """
        return [
            self._cert(sha)
            for sha in (self._certs if about is None else self._about(about))
            if any(self._counts(number, kinds, moment) for number in self._users.get(sha, ()))
        ]

    def _counts(self, number, kinds, moment):
        if self._services[number]["kind"] not in kinds:
            return False
        if moment is None:
            return True
        period = self._service(number).at(moment)
        return period is not None and period.granted

    def _issuers(self, cert, path):
        """Services that are among the authorities of this chain."""
        own = {item.sha256.hex() for item in path}
        shas = [sha for sha in self._about([cert, *path]) if sha in own or self._issued(sha, cert)]
        numbers = dict.fromkeys(number for sha in shas for number in self._users.get(sha, ()))
        return [self._service(number) for number in sorted(numbers) if self._services[number]["kind"] == "CA/QC"]

    def _issued(self, sha, cert):
        issuer = self._cert(sha)
        return issuer.subject == cert.issuer and chain.may_issue(issuer) and algorithms.signed_by(cert, issuer)

    def qualification(self, cert, path, declared, moment):
        """What the list says of a certificate at a moment (TS 119 615, 4.4 and 4.5, in short)."""
        services = self._issuers(cert, path)
        answer = {"known": bool(services), "qualified": False, "qscd": None, "list": self.name, "why": ""}
        if not services:
            return answer
        issued = cert["tbs_certificate"]["validity"]["not_before"].native
        answer["why"] = "the service was not qualified at that time"
        for service in services:
            now, then = service.at(moment), service.at(issued)
            if now is None or then is None or not now.granted or not then.granted:
                continue
            qualifiers = now.qualifiers(cert)
            answer["qualified"], answer["why"] = _qualified(now, qualifiers, declared)
            answer["qscd"] = _qscd(qualifiers, declared)
            answer["list"] = f"{self.name}, {service.provider}" if service.provider else self.name
            if answer["qualified"]:
                break
        return answer


def _qualified(period, qualifiers, declared):
    if "NotQualified" in qualifiers:
        return False, "the trusted list says that these certificates are not qualified"
    if not (declared["compliance"] or "QCStatement" in qualifiers):
        return False, "the certificate does not declare itself qualified"
    kinds = set(declared["types"])
    for kind, purpose in (("esign", "ForeSignatures"), ("eseal", "ForeSeals")):
        if kind in kinds and period.purposes and purpose not in period.purposes:
            return False, f"the service was not qualified for this purpose ({purpose})"
    if kinds == {"web"}:
        return False, "the certificate is for web sites"
    return True, ""


def _qscd(qualifiers, declared):
    if qualifiers & _QSCD:
        return True
    return False if qualifiers & _NO_QSCD else declared["qscd"]


def time(text):
    """Aware datetime of an ISO text; UTC when it says nothing."""
    value = dt.datetime.fromisoformat((text or "").strip().replace("Z", "+00:00"))
    return value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)


def load(item):
    """A TrustedList from one, or from the bytes of a compact form: only of a list that was accepted."""
    return item if isinstance(item, TrustedList) else TrustedList(json.loads(item))


def old(lists, moment):
    """Warnings about lists that should have been renewed by now."""
    return [
        {
            "code": "trusted_list_old",
            "detail": f"The trusted list {item.name} should have been renewed by {item.next_update.isoformat()}.",
        }
        for item in lists
        if item.next_update and item.next_update < moment
    ]
