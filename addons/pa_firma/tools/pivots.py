"""The way from the certificates of the Official Journal to whoever signs the European list of lists today.

The Official Journal publishes the first signers. When they change, the Commission keeps that edition of the list for ever,
as a "pivot", and names it in SchemeInformationURI, the newest first, above the Official Journal's address that it starts
from. Each pivot is signed by one of those that the pivot before names (the first by one of the Official Journal's), and
names who may sign from then on (its pointer to itself); the list in force is signed by one of those that the newest names.
The order that counts is that of the signatures and of the sequence numbers: an address moved or left out adds nobody.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from asn1crypto import x509

from . import identity, list_reader, list_signature
from .errors import FirmaError

MAX_PIVOTS = 50
_JOURNALS = ("eur-lex.europa.eu", "data.europa.eu")


def announced(uris):
    """[("pivot" or "journal", address)] among the addresses of SchemeInformationURI, as they stand: the newest first."""
    found = []
    for uri in uris:
        try:
            parts = urlsplit(uri)
            host = (parts.hostname or "").lower()
        except ValueError:
            continue
        if parts.scheme not in ("http", "https") or uri in [address for _kind, address in found]:
            continue
        if any(host == name or host.endswith("." + name) for name in _JOURNALS):
            found.append(("journal", uri))
        elif parts.path.lower().endswith(".xml"):
            found.append(("pivot", uri))
    return found[:MAX_PIVOTS]


def newest_journal(uris):
    """Address of the latest publication in the Official Journal that a list of lists names; empty without one."""
    return next((address for kind, address in announced(uris) if kind == "journal"), "")


def ways(uris, journal=""):
    """[(address in the Official Journal, pivots from the oldest)]: what may lead to a list, the shortest way first.

    :param journal: the publication that the certificates come from: the one way then, when the list names it
    """
    found, above = [], []
    for kind, address in announced(uris):
        if kind == "pivot":
            above.insert(0, address)
        else:
            found.append((address, list(above)))
    if not found or above != found[-1][1]:
        found.append(("", above))
    known = [way for way in found if journal and way[0] == journal]
    return [way for way in known or found if way[1]]


@dataclass
class Followed:
    """Pivots that hold, one after the other, who may sign after the last of them, and what was wrong with the next.

    `unrelated`: none of them was signed by who is vouched for, which may be because they are all older.
    """

    signers: list
    journal: str = ""
    pivots: list = field(default_factory=list)
    error: str = ""
    unrelated: bool = False

    @property
    def sequence(self):
        return self.pivots[-1]["sequence"] if self.pivots else 0


def follow(way, files, vouched, after=0, *, strict=True):
    """Follow one way as far as it holds.

    :param files: {address: bytes} of the pivots that were found
    :param vouched: certificates of the publication where the way begins
    :param after: number of the newest pivot that was followed before: nothing leads back behind it
    :param strict: the way begins with the oldest; otherwise with the first that one of `vouched` signed
    """
    journal, addresses = way
    result, first, number = Followed(list(vouched), journal), "", 0
    for address in addresses:
        try:
            if address not in files:
                raise FirmaError("list_pivot", "it is missing")
            pivot, signers, cert = _pivot(address, files[address], number)
            number = pivot["sequence"]
            if not list_signature.among(cert, result.signers):
                who = list_signature.described(cert)
                raise FirmaError("list_signer", f"it is signed by somebody whom nothing before it names ({who})")
        except FirmaError as error:
            words = f"the pivot {address} cannot be followed: {error.detail}"
            if strict or result.pivots or error.code != "list_signer":
                result.error = words
                return result
            first = first or words
            continue
        result.pivots.append(pivot)
        result.signers = signers
    if not result.pivots:
        result.error, result.unrelated = first, True
    elif result.sequence < after:
        result.error = f"its pivots end at number {result.sequence}, before number {after} that was already followed"
    return result


def best(uris, files, vouched, journal="", after=0):
    """The way that holds to its end; otherwise the one that went farthest, whose `error` says what is wrong."""
    tried = [follow(way, files, vouched, after, strict=way[0] == journal != "") for way in ways(uris, journal)]
    good = next((item for item in tried if not item.error), None)
    return good or max(tried, key=lambda item: len(item.pivots), default=None)


def _pivot(address, data, number):
    """(facts of a pivot, who may sign after it, who signed it); FirmaError when it is not a pivot after this number."""
    root = list_signature.parse(data)
    cert = list_signature.signer(root)
    content = list_reader.reduced(list_reader.plain(root))
    if not content["lotl"]:
        raise FirmaError("list_pivot", "it is not a list of lists")
    if content["sequence"] <= number:
        raise FirmaError("list_pivot", f"it is out of order (number {content['sequence']} after number {number})")
    signers = own_signers(content)
    if not signers:
        raise FirmaError("list_pivot", "it does not name its signers")
    return {
        "address": address,
        "sequence": content["sequence"],
        "issued": content["issued"],
        "sha256": hashlib.sha256(data).hexdigest(),
        "signer": identity.signer_name(cert),
        "signer_sha256": cert.sha256.hex(),
        "signers": [base64.b64encode(item.dump()).decode() for item in signers],
    }, signers, cert


def own_signers(content):
    """Certificates that a list of lists names as its own signers: in its pointer to itself, one and no other."""
    own = [item for item in content["pointers"] if item["lotl"] and item["territory"] == content["territory"] and item["xml"]]
    if len(own) != 1:
        return []
    return [x509.Certificate.load(base64.b64decode(der)) for der in own[0]["certs"]]

