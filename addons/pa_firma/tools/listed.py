"""What a trusted list says, in a compact form: read once when the list is accepted, then looked up by certificate.

The compact form is plain data (JSON): certificates by their SHA-256 with the names that find them, services with their
periods. A list of some megabytes is then one dictionary, and only the certificates that a signature needs are parsed.
"""

import base64
import datetime as dt
import hashlib
import json
import re

from asn1crypto import cms, x509

from . import algorithms, chain, list_rules

FORMAT = 2


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


def name_values(text):
    """Values of a name written as text (RFC 4514), whatever it calls their kinds: to recognise it, not to prove it."""
    parts = re.split(r"(?<!\\)[,+]", text or "")
    return sorted({_bare(part.partition("=")[2]) for part in parts} - {""})


def _bare(value):
    return " ".join(re.sub(r"\\(.)", r"\1", value).casefold().split())


def subject_values(cert):
    """The same of a certificate's subject."""
    return sorted({_bare(str(part["value"].native)) for rdn in cert.subject.chosen for part in rdn} - {""})


class Period:
    """One stretch of a service's life: from when until when, in which status, with which extensions."""

    def __init__(self, data, until=None):
        self.start, self.until, self.status = time(data["start"]), until, data["status"]
        self.purposes, self.qualifications = set(data["purposes"]), data["qualifications"]

    def told(self):
        """JSON-ready: status, since when, until when (None: still)."""
        until = self.until.isoformat() if self.until else None
        return {"status": self.status, "since": self.start.isoformat(), "until": until}


class Service:
    """A service of a provider: kind, and its life from the last period to the first."""

    def __init__(self, data):
        self.provider, self.name, self.kind = data["provider"], data.get("name", ""), data["kind"]
        self.periods, until = [], None
        for item in sorted(data["periods"], key=lambda item: time(item["start"]), reverse=True):
            self.periods.append(Period(item, until))
            until = self.periods[-1].start

    def at(self, moment):
        """The period in which a moment falls, or None when the service was not there yet."""
        return next((period for period in self.periods if period.start <= moment), None)

    def granted(self, moment):
        """Whether it could be relied on at a moment."""
        period = self.at(moment)
        return period is not None and list_rules.granted(period.status, moment, self.kind)


class TrustedList:
    """A list whose signature has been accepted."""

    def __init__(self, data):
        self.name = f"{data['territory']} {data['sequence']}"
        self.next_update = time(data["next_update"]) if data["next_update"] else None
        self.is_list_of_lists, self._pointers = data["lotl"], data["pointers"]
        self._certs, self._services = data["certs"], data["services"]
        self.union = data.get("union", True)
        self._ready = {}
        self._users, self._found, self._keys, self._subjects = {}, {}, {}, {}
        for number, service in enumerate(self._services):
            for table, names in (
                (self._users, service["certs"]),
                (self._keys, service.get("keys", ())),
                (self._subjects, map(tuple, service.get("subjects", ()))),
            ):
                for name in names:
                    table.setdefault(name, []).append(number)
        for sha, item in self._certs.items():
            for key in (sha, "s" + item["subject"], item["signer"], "k" + item["key"]):
                self._found.setdefault(key, []).append(sha)

    def signers(self, territory):
        """Certificates of who may sign the list of a country of the Union that this list of lists names."""
        named = [item for item in self._pointers if item["territory"] == territory and item.get("union", not item["lotl"])]
        return [x509.Certificate.load(base64.b64decode(der)) for item in named for der in item["certs"]]

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
        return moment is None or self._service(number).granted(moment)

    def _issuers(self, cert, path, kind):
        """Services of a kind that are the certificate itself or among the authorities of this chain: by certificate, by the
        key that signed, by the key's identifier."""
        own = {item.sha256.hex() for item in path}
        shas = [sha for sha in self._about([cert, *path]) if sha in own or self._issued(sha, cert)]
        numbers = dict.fromkeys(number for sha in shas for number in self._users.get(sha, ()))
        for item in path[1:] or path:
            for key in {item.public_key.sha1.hex(), (item.key_identifier or b"").hex()} - {""}:
                numbers |= dict.fromkeys(self._keys.get(key, ()))
        return [self._service(number) for number in sorted(numbers) if self._services[number]["kind"] == kind]

    def _named_only(self, path):
        """A service that the list names without certificate nor key, and is called as one of these authorities."""
        numbers = [number for item in path[1:] for number in self._subjects.get(tuple(subject_values(item)), ())]
        return next((self._service(number) for number in numbers if self._services[number]["kind"] == "CA/QC"), None)

    def _issued(self, sha, cert):
        issuer = self._cert(sha)
        return issuer.subject == cert.issuer and chain.may_issue(issuer) and algorithms.signed_by(cert, issuer)

    def qualification(self, cert, path, declared, moment):
        """What the list says of a certificate at a moment (TS 119 615, 4.4 and 4.5)."""
        services = self._issuers(cert, path, "CA/QC")
        if not services:
            named = self._named_only(path)
            return self._answer(named, None, list_rules.Standing(None, list_rules.BY_NAME)) if named else self._answer()
        if not self.union:
            return self._answer(services[0], None, list_rules.Standing(False, list_rules.THIRD))
        issued = cert["tbs_certificate"]["validity"]["not_before"].native
        found = []
        for service in services:
            then, now = (
                list_rules.standing(service.at(when), cert, declared, when, issued) for when in (issued, moment)
            )
            found.append((list_rules.both(then, now), service))
        best = next(item for wanted in (True, None, False) for item in found if item[0].qualified is wanted)
        if best[0].qualified and any(item.why == list_rules.EXCLUDED for item, _service in found):
            best = (list_rules.Standing(None, list_rules.CONTRADICTION), best[1])
        return self._answer(best[1], best[1].at(moment), best[0])

    def _answer(self, service=None, period=None, standing=None):
        source = ", ".join(filter(None, (self.name, service and service.provider)))
        return {
            "known": service is not None,
            "qualified": standing.qualified if standing else False,
            "why": standing.why if standing else "",
            "qscd": standing.qscd if standing else None,
            "list": source,
            "service": service.name if service else "",
            "period": period.told() if period else None,
        }

    def time_qualification(self, cert, path, moment):
        """What the list says of a timestamp authority at the time of a timestamp (TS 119 615, 4.6)."""
        services = self._issuers(cert, path, "TSA/QTST") if self.union else []
        if not services:
            return self._answer()
        service = next((item for item in services if item.granted(moment)), services[0])
        good = service.granted(moment) and moment >= list_rules.EIDAS
        return self._answer(service, service.at(moment), list_rules.Standing(good, "" if good else list_rules.STATUS))


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
