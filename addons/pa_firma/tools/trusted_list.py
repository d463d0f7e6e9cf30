"""Trusted lists (ETSI TS 119 612): which services were qualified, and when.

A list counts only when its own signature is good and its signer is known: a certificate given by whoever verifies, or
one that a list of lists already accepted names for that very country. What it says is read into the form of `listed`.
"""

import base64
import hashlib
import importlib.resources
import json
import re
from dataclasses import dataclass

from asn1crypto import x509

from . import identity, list_reader, list_signature, listed, pivots
from .errors import FirmaError
from .trust import certificates

# Where pyHanko's certificates of the signers of the list of lists were published.
_PUBLISHED = {
    "0": "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=uriserv:OJ.C_.2019.276.01.0001.01.ENG",
    "1": "https://eur-lex.europa.eu/eli/C/2026/1944/oj",
}


def shipped():
    """Signers of the European list of lists that pyHanko carries: those of the latest publication, and later ones."""
    files = {item.name: item for item in _shipped_files()}
    number = max((_number(name) for name in files), default="")
    for name, item in files.items():
        if _number(name) in ("", number):
            yield from certificates(item.read_bytes())


def shipped_journal():
    """Address in the Official Journal of what `shipped` begins with; empty when this program does not know it."""
    return _PUBLISHED.get(max((_number(item.name) for item in _shipped_files()), default=""), "")


def _shipped_files():
    folder = importlib.resources.files("pyhanko.sign.validation.qualified") / "lotl-certs"
    return sorted((item for item in folder.iterdir() if item.name.endswith(".pem")), key=lambda item: item.name) if folder.is_dir() else []


def _number(name):
    found = re.fullmatch(r"bootstrap-(\d+)\..*", name)
    return found.group(1) if found else ""


@dataclass
class _File:
    """A list as it was given: who signed it, and what it says."""

    data: bytes
    cert: object
    content: dict


def _open(data):
    root = list_signature.parse(data)
    cert = list_signature.signer(root)
    return _File(data, cert, list_reader.reduced(list_reader.plain(root)))


def load_all(blobs, trust):
    """(lists that can be trusted, warnings): the list of lists first, so that it may name the signers of the others.

    Pivots are found among the files, whatever their order.
    """
    try:
        files = [_open(data) for data in blobs]
        europe = [item for item in files if item.content["lotl"]]
        lists = [listed.TrustedList(_newest(europe, trust.anchors).content)] if europe else []
        for item in files:
            if not item.content["lotl"]:
                named = lists[0].signers(item.content["territory"]) if europe else []
                lists.append(_accepted(item, [*trust.anchors, *named]))
    except FirmaError as error:
        if not error.code.startswith("list_"):
            raise
        raise FirmaError("trusted_list", f"The trusted list is not usable: {error.detail}.") from error
    return lists, listed.old(lists, trust.moment)


def _accepted(item, known):
    if not list_signature.among(item.cert, known):
        raise FirmaError("list_signer", f"its signer is not known ({list_signature.described(item.cert)})")
    return listed.TrustedList(item.content)


def _newest(files, anchors):
    """The newest list of lists, by whoever may sign it; the others are its pivots, or older and of no use."""
    files = sorted(files, key=lambda item: item.content["sequence"])
    newest, known = files[-1], [*anchors, *shipped()]
    found = pivots.best(newest.content["uris"], _by_address(newest.content, files), known)
    if list_signature.among(newest.cert, known) and (found is None or found.error):
        return newest
    if found is None:
        raise FirmaError("list_signer", f"its signer is not known ({list_signature.described(newest.cert)})")
    _check_end(newest, found)
    return newest


def _by_address(content, files):
    """The files that a list names as pivots: by the number in the address, or in their order when it has none."""
    numbers = {item.content["sequence"]: item.data for item in files}
    addresses = [address for kind, address in pivots.announced(content["uris"]) if kind == "pivot"][::-1]
    told = {address: re.search(r"(\d+)\D*$", address) for address in addresses}
    if all(told.values()):
        return {address: numbers[int(told[address][1])] for address in addresses if int(told[address][1]) in numbers}
    return dict(zip(addresses, (numbers[number] for number in sorted(numbers)), strict=False))


def _check_end(item, found):
    """The list itself, after its pivots; FirmaError when they do not lead to it."""
    if found.error:
        raise FirmaError("list_pivot", found.error)
    # on the day it is made, the newest pivot is the list itself
    if any(pivot["sha256"] == hashlib.sha256(item.data).hexdigest() for pivot in found.pivots[-1:]):
        return
    if not list_signature.among(item.cert, found.signers):
        who = list_signature.described(item.cert)
        raise FirmaError("list_signer", f"its signer is not among those that its pivots name ({who})")
    if item.content["sequence"] < found.sequence:
        raise FirmaError("list_pivot", f"it is older than its pivot number {found.sequence}")


def read(data, trust=(), at=None, pivot=(), options=b"{}"):
    """What a list says when its signature is good and its signer may sign; never raises on bad input. Only the certificates
    that are given count, not those that are shipped.

    :param trust: PEM or DER of who may sign it today
    :param pivot: bytes of the pivots of a list of lists
    :param options: JSON: `addresses` of the pivots (found by their numbers when missing), `vouched` (base64 of DER) and
        `journal`: the certificates and the publication where the pivots begin, `after`: number of the newest one followed
    :return: {"list": compact form, "signer", "signer_sha256"}, for a list of lists also "pivots" (addresses that may lead to
        it, from the oldest), "journal" (the latest publication), and with pivots "followed" (each of them, who may sign
        after the last, from which publication) or "pivot_error"; {"error": code, "detail", "who"} when it is refused
    """
    root = None
    try:
        root = list_signature.parse(data)
        cert = list_signature.signer(root)
        item = _File(data, cert, list_reader.reduced(list_reader.plain(root)))
        return _judged(item, [cert for blob in trust for cert in certificates(blob)], pivot, json.loads(options))
    except FirmaError as error:
        answer = {"error": error.code, "detail": error.detail}
        return answer if root is None else answer | {"who": list_signature.claimed(root)}
    except Exception as error:  # fails closed: hostile lists raise anything
        return {"error": "trusted_list", "detail": f"The trusted list cannot be read ({type(error).__name__})."}


def _judged(item, known, pivot, options):
    # pivots that hold to their end decide: they may have let go who was known
    answer = _europe(item, known, pivot, options) if item.content["lotl"] else {}
    direct = list_signature.among(item.cert, known) and not answer.get("let_go")
    if not direct and "followed" not in answer:
        detail = f"its signer is not known ({list_signature.described(item.cert)})"
        code, detail = ("list_pivot", answer["pivot_error"]) if answer.get("pivot_error") else ("list_signer", detail)
        who = list_signature.described(item.cert)
        return {"error": code, "detail": detail, "who": who, "pivots": answer.get("pivots", [])}
    if answer.pop("unrelated", False):
        answer.pop("pivot_error")  # who is vouched for signs the list, and none of its pivots: they are older
    found = {"list": item.content, "signer": identity.signer_name(item.cert), "signer_sha256": item.cert.sha256.hex()}
    return found | answer


def _europe(item, known, pivot, options):
    """What is told of a list of lists: its pivots, and where they lead when they were given."""
    uris = item.content["uris"]
    longest = max((way[1] for way in pivots.ways(uris, options.get("journal", ""))), key=len, default=[])
    answer = {"pivots": longest, "journal": pivots.newest_journal(uris)}
    if not pivot:
        return answer
    vouched = [x509.Certificate.load(base64.b64decode(der)) for der in options.get("vouched", ())] or known
    if options.get("addresses"):
        files = dict(zip(options["addresses"], pivot, strict=False))
    else:
        files = _by_address(item.content, [_open(data) for data in pivot])
    found = pivots.best(uris, files, vouched, options.get("journal", ""), options.get("after", 0))
    if found is None:
        return answer
    try:
        _check_end(item, found)
    except FirmaError as error:
        return answer | {"pivot_error": error.detail, "let_go": not found.error, "unrelated": found.unrelated}
    signers = [base64.b64encode(cert.dump()).decode() for cert in found.signers]
    return answer | {"followed": {"pivots": found.pivots, "signers": signers, "journal": found.journal}}
