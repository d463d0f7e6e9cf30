"""What the agent does for a paired site. It knows nothing of HTTP, and of the card and the person only what it is given."""

import base64
import datetime as dt
import hashlib
import re
import threading
import unicodedata
from contextlib import contextmanager

from . import PROTOCOL, __version__, attributes
from .limits import STRANGERS_PER_MINUTE, Nonces, Windows
from .problems import Problem

MAX_DOCUMENTS = 500
MAX_NAME = 300
MAX_PIN_QUESTIONS = 3
_HEX = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[0-9]{6}")
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class Service:
    """The agent's operations.

    :param card: what signs (card_client.Card)
    :param consent: who asks the person (consent.Consent)
    :param pairings: the sites paired (pairing.Pairings)
    """

    def __init__(self, card, consent, pairings):
        self._card = card
        self._consent = consent
        self.pairings = pairings
        self._nonces = Nonces()
        # apart, so that sites that are not paired cannot use up the windows of those that are
        self._windows, self._strangers = Windows(), Windows(STRANGERS_PER_MINUTE)
        self._turn = threading.Lock()

    def is_paired(self, origin):
        """Whether the person paired this site."""
        return origin in self.pairings.origins()

    def status(self, origin, _body):
        """Who answers, and the number that the next request must carry."""
        return {
            "agent": "pa-firma-agente",
            "version": __version__,
            "protocol": PROTOCOL,
            "nonce": self._nonces.give(origin),
            "max_documents": MAX_DOCUMENTS,
        }

    def pair(self, origin, body):
        """Pair the site, if the person recognises the code that the page shows."""
        code = _field(body, "code", _CODE)
        if self.is_paired(origin):
            return {"paired": True}
        with self._one_at_a_time():
            self._check_windows(origin, self._strangers)
            if not self._consent.pair(origin, code):
                self._strangers.refused(origin)
                raise Problem("refused")
            self.pairings.add(origin)
        return {"paired": True}

    def unpair(self, origin, _body):
        """Forget the site."""
        self.pairings.forget(origin)
        return {"paired": False}

    def certificates(self, origin, body):
        """The public certificates of the card, if the person agrees."""
        self._check_nonce(origin, body)
        with self._one_at_a_time():
            self._check_windows(origin, self._windows)
            if not self._consent.certificates(origin):
                raise Problem("refused")
            found = self._card.certificates()
        names = ("certificate", "chain", "sha256", "holder", "issuer", "not_before", "not_after")
        return {"certificates": [{name: item[name] for name in names} for item in found]}

    def sign(self, origin, body):
        """Raw signatures of the documents' signed attributes, if the person agrees and types the right PIN."""
        self._check_nonce(origin, body)
        wanted = _field(body, "certificate_sha256", _HEX)
        documents = _documents(body.get("documents"))
        with self._one_at_a_time():
            certificate = self._certificate(wanted)
            der = base64.b64decode(certificate["certificate"])
            for document in documents:
                document["attributes"].check_certificate(der)
            signatures, problem = self._signatures(origin, certificate, documents)
        return {"signatures": _outcomes(documents, signatures, problem)}

    def _certificate(self, sha256):
        found = next((item for item in self._card.certificates() if item["sha256"] == sha256), None)
        if found is None:
            raise Problem("certificate_absent")
        start, end = (
            dt.datetime.fromisoformat(found[name]) for name in ("not_before", "not_after")
        )
        if not start <= dt.datetime.now(dt.timezone.utc) <= end:
            raise Problem("certificate_expired")
        return found

    def _signatures(self, origin, certificate, documents):
        """(signatures, Problem that stopped them or None), asking the PIN again when it is wrong."""
        jobs = [(document["algorithm"], document["to_sign"]) for document in documents]
        tries, last = certificate["tries"], None
        if tries == "none":
            raise Problem("pin_locked", tries=tries)
        self._check_windows(origin, self._windows)
        for attempt in range(MAX_PIN_QUESTIONS):
            pin = self._ask_pin(origin, certificate, documents, tries, wrong=bool(attempt))
            try:
                return self._card.sign(certificate["sha256"], pin, jobs)
            except Problem as problem:
                if problem.code != "pin_wrong":
                    raise
                tries, last = problem.facts.get("tries", tries), problem
        raise last

    def _ask_pin(self, origin, certificate, documents, tries, *, wrong):
        yes, pin = self._consent.sign(
            {
                "origin": origin,
                "documents": [
                    {name: document[name] for name in ("name", "document_sha256", "checked")}
                    for document in documents
                ],
                "holder": plain(certificate["holder"]),
                "issuer": plain(certificate["issuer"]),
                "until": dt.datetime.fromisoformat(certificate["not_after"]).strftime("%d/%m/%Y"),
                "pinpad": certificate["pinpad"],
                "tries": tries,
                "wrong": wrong,
            }
        )
        if not yes or (not pin and not certificate["pinpad"]):
            raise Problem("refused")
        return None if certificate["pinpad"] else pin

    def _check_nonce(self, origin, body):
        nonce = body.get("nonce")
        if not isinstance(nonce, str) or not self._nonces.take(origin, nonce):
            raise Problem("nonce")

    def _check_windows(self, origin, windows):
        if not windows.may_open(origin):
            raise Problem("too_many")

    @contextmanager
    def _one_at_a_time(self):
        if not self._turn.acquire(blocking=False):
            raise Problem("busy")
        try:
            yield
        finally:
            self._turn.release()


def plain(text):
    """A name as one line without invisible characters: nothing that comes from outside draws the window."""
    kept = (
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    return " ".join("".join(kept).split())


def _field(body, name, pattern):
    value = body.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Problem("malformed", field=name)
    return value


def _bytes(body, name):
    value = body.get(name)
    try:
        if not isinstance(value, str):
            raise ValueError
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise Problem("malformed", field=name) from None


def _documents(items):
    if not isinstance(items, list) or not 0 < len(items) <= MAX_DOCUMENTS:
        raise Problem("malformed", field="documents")
    documents = [_document(item) for item in items]
    if len({document["id"] for document in documents}) != len(documents):
        raise Problem("malformed", field="id")
    return documents


def _document(item):
    if not isinstance(item, dict):
        raise Problem("malformed", field="documents")
    algorithm = item.get("digest_algorithm", "sha256")
    if algorithm not in ("sha256", "sha384", "sha512"):
        raise Problem("malformed", field="digest_algorithm")
    name = item.get("name")
    if not isinstance(name, str) or not 0 < len(plain(name)) <= MAX_NAME:
        raise Problem("malformed", field="name")
    to_sign = _bytes(item, "to_sign")
    document = {
        "id": _field(item, "id", _ID),
        "name": plain(name),
        "document_sha256": _field(item, "document_sha256", _HEX),
        "algorithm": algorithm,
        "to_sign": to_sign,
        "attributes": attributes.read(to_sign, algorithm),
        "checked": "content" in item,
    }
    if document["checked"]:
        _check_content(document, _bytes(item, "content"), item.get("document_size"))
    return document


def _check_content(document, content, size):
    """The content is what the signature covers, and begins with the document whose hash is shown."""
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= len(content):
        raise Problem("malformed", field="document_size")
    digest = hashlib.new(document["algorithm"], content).digest()
    same = digest == document["attributes"].message_digest
    if not same or hashlib.sha256(content[:size]).hexdigest() != document["document_sha256"]:
        raise Problem("content", id=document["id"])


def _outcomes(documents, signatures, problem):
    """One outcome per document, in the order of the request."""
    outcomes = []
    for position, document in enumerate(documents):
        if position < len(signatures):
            made = base64.b64encode(signatures[position]).decode()
            outcomes.append({"id": document["id"], "signature": made})
        else:
            outcomes.append({"id": document["id"], "error": problem.code})
    return outcomes
