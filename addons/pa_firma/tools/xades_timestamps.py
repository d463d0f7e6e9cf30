"""The timestamps of XAdES, each over what it covers (ETSI EN 319 132-1, 5.2.8, 5.3, 5.5; TS 101 903 v1.3.2, 7.2, 7.3, 7.5, 7.7).

They are judged from the last backwards: what a later archive timestamp covers is judged at the time that it proves, so that
an authority which has expired since still counts. A timestamp of references alone proves nothing about the signature.
"""

from lxml import etree

from . import algorithms, cades, timestamp, xml_canonical
from .errors import FirmaError
from .xml_canonical import decode, only, tag
from .xml_coverage import XADES

XADES141 = "http://uri.etsi.org/01903/v1.4.1#"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
_UNSIGNED = f"{tag('UnsignedProperties', XADES)}/{tag('UnsignedSignatureProperties', XADES)}"
_SIGNED_DATA = f"{tag('SignedProperties', XADES)}/{tag('SignedDataObjectProperties', XADES)}"
_KINDS = {
    tag("SignatureTimeStamp", XADES): "signature",
    tag("SigAndRefsTimeStamp", XADES): "signature_refs",
    tag("SigAndRefsTimeStampV2", XADES141): "signature_refs",
    tag("RefsOnlyTimeStamp", XADES): "refs",
    tag("RefsOnlyTimeStampV2", XADES141): "refs",
    tag("ArchiveTimeStamp", XADES): "archive",
    tag("ArchiveTimeStamp", XADES141): "archive",
}
_REFS = {
    tag(name + version, space)
    for name in ("CompleteCertificateRefs", "CompleteRevocationRefs", "AttributeCertificateRefs", "AttributeRevocationRefs")
    for version, space in (("", XADES), ("V2", XADES141))
}
_CONTENT = (tag("AllDataObjectsTimeStamp", XADES), tag("IndividualDataObjectsTimeStamp", XADES))
MAX_TIMESTAMPS = 100


class Stamped:
    """One signature with what its timestamps need.

    :param references: `xmldsig.Reference` of everything that is signed
    :param ids: elements of the document by identifier
    """

    def __init__(self, signature, properties, references, ids):
        self.signature, self.properties, self.references, self.ids = signature, properties, references, ids

    def verify(self, trust, evidence, at):
        """Facts of every timestamp, in the order in which they are written.

        :param at: moment at which the last one is judged
        """
        if self.properties is None:
            return []
        node = self.properties.find(_UNSIGNED)
        items = list(node.iterchildren(etree.Element)) if node is not None else []
        found, at = self._backwards(items, trust, evidence, at)
        data = self.properties.find(_SIGNED_DATA)
        for item in data.iterchildren(*_CONTENT) if data is not None else ():
            found[:0] = self._tokens(item, self._content(item), trust, evidence, at, "content")
        return found

    def _backwards(self, items, trust, evidence, at):
        """(facts, moment that the earliest archive timestamp proves) of the unsigned properties."""
        stamped = [(index, item) for index, item in enumerate(items) if item.tag in _KINDS]
        if len(stamped) > MAX_TIMESTAMPS:
            raise FirmaError("too_large", "the signature holds too many timestamps")
        found, before_refs = [], None
        for index, item in reversed(stamped):
            kind = _KINDS[item.tag]
            moment = min(filter(None, (at, before_refs if kind == "signature" else None)))
            facts = self._tokens(item, self._covered(kind, item, items[:index]), trust, evidence, moment, kind)
            found[:0] = facts
            proved = min(cades.proved(facts), default=None)
            if proved and kind == "archive":
                at = min(at, proved)
            elif proved and kind == "signature_refs":
                before_refs = min(filter(None, (before_refs, proved)))
        return found, at

    def _tokens(self, item, covered, trust, evidence, at, kind):
        tokens = item.findall(tag("EncapsulatedTimeStamp", XADES))
        if not tokens:
            return [timestamp.unknown(kind, "the timestamp is in a form that is not evaluated")]
        return [cades.token(decode(node.text), covered, trust, evidence, at, kind) for node in tokens]

    def _covered(self, kind, item, before):
        """Function from a digest's name to the digest of what a timestamp must cover."""

        def digest(used):
            method = item.find(tag("CanonicalizationMethod"))
            uri = method.get("Algorithm", "") if method is not None else xml_canonical.DEFAULT_C14N
            parts = self._archived(item, before, uri, method) if kind == "archive" else self._referred(kind, item, before)
            running = algorithms.hasher(used)
            for part in parts:
                running.update(part if isinstance(part, bytes) else xml_canonical.canonical(part, uri, method))
            return running.digest()

        return digest

    def _archived(self, item, before, uri, method):
        """What an archive timestamp covers (EN 319 132-1, 5.5.2.2 and 5.5.2.3): all that is signed, the signature, the
        unsigned properties before it (or those that it includes), the objects that no reference covers."""
        for reference in self.references:
            yield reference.octets(uri, method)
        yield only(self.signature, "SignedInfo")
        yield only(self.signature, "SignatureValue")
        yield from self.signature.findall(tag("KeyInfo"))
        yield from self._included(item, [node for node in before if node.tag in _KINDS]) or before
        signed = {reference.element for reference in self.references if reference.element is not None}
        for node in self.signature.findall(tag("Object")):
            if node not in signed and self.properties.getparent() is not node:
                yield node

    def _referred(self, kind, item, before):
        """What the other timestamps of unsigned properties cover: the signature's value, then references to evidence."""
        value = only(self.signature, "SignatureValue")
        if kind == "signature":
            return [value]
        chosen = self._included(item, [node for node in before if _KINDS.get(node.tag) == "signature"])
        if not chosen:
            wanted = _REFS | ({tag("SignatureTimeStamp", XADES)} if kind == "signature_refs" else set())
            chosen = [value] if kind == "signature_refs" else []
            chosen += [node for node in before if node.tag in wanted]
        if kind == "signature_refs" and not any(node is value for node in chosen):
            raise FirmaError("timestamp", "the timestamp does not include the signature's value")
        if not any(node.tag in _REFS for node in chosen):
            raise FirmaError("timestamp", "the timestamp covers no references")
        return chosen

    def _included(self, item, needed):
        """Elements that a timestamp names one by one (the distributed case): of this very signature, and with every earlier
        timestamp whose time it is to prove (`needed`); empty when it names none."""
        found = []
        for node in item.findall(tag("Include", XADES)):
            element = self.ids.get(node.get("URI", "").removeprefix("#"))
            if element is None or not any(parent is self.signature for parent in element.iterancestors()):
                raise FirmaError("timestamp", "the timestamp includes something that is not of this signature")
            found.append(element)
        if found and not all(any(node is element for element in found) for node in needed):
            raise FirmaError("timestamp", "the timestamp leaves out an earlier one")
        return found

    def _content(self, item):
        """Function to the digest of signed data stamped before signing: all of it, or the references that are named."""

        def digest(used):
            method = item.find(tag("CanonicalizationMethod"))
            uri = method.get("Algorithm", "") if method is not None else xml_canonical.DEFAULT_C14N
            running = algorithms.hasher(used)
            for reference in self._stamped_references(item):
                running.update(reference.octets(uri, method))
            return running.digest()

        return digest

    def _stamped_references(self, item):
        data = [reference for reference in self.references if reference.type != SIGNED_PROPERTIES]
        if item.tag == _CONTENT[0]:
            return data
        by_id = {reference.node.get("Id"): reference for reference in data if reference.node.get("Id")}
        names = [node.get("URI", "").removeprefix("#") for node in item.findall(tag("Include", XADES))]
        if not names or not all(name in by_id for name in names):
            raise FirmaError("timestamp", "the timestamp includes something that is not signed")
        return [by_id[name] for name in names]
