"""What a trusted list says (ETSI TS 119 612, versions 5 and 6), read into the compact form of `listed`.

It is read only after its signature was found good, and from a copy without signatures (what they hold is not signed) and
without comments: no signature covers a comment, and one that cuts a text in two would make it say less.
"""

import re

from lxml import etree

from . import listed, xml_canonical
from .errors import FirmaError
from .list_signature import Certificates, tag

_MORE = "http://uri.etsi.org/02231/v2/additionaltypes#"
_ECC = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
_MUTUAL = "{http://mra.europa.eu/"
_IDENTIFIER = "{http://uri.etsi.org/01903/v1.3.2#}Identifier"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_SERVICE = "http://uri.etsi.org/TrstSvc/Svctype/"
_EXTENSIONS = (
    "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/",
    "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/SvcInfoExt/",
)
# Lists of the Union's countries: since 2016, and as they were named before.
_UNION = ("/TrustedList/TSLType/EUgeneric", "/eSigDir-1999-93-EC-TrustedList/TSLType/generic")
# What this program looks up; the last ones are those of before 2016.
_KINDS = {"CA/QC", "TSA/QTST", "TSA", "TSA/TSS-QC", "TSA/TSS-AdESQCandQES"}
MAX_SERVICES = 50_000
MAX_NESTED = 5
_LANGUAGES = ("it", "en")


def plain(root):
    """A copy of a list as it is to be read."""
    root = xml_canonical.without_signatures(root)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    return root


def is_list_of_lists(root):
    """Whether a list (`plain`) names other lists rather than services."""
    return _of_lists(root.findtext(f"{tag('SchemeInformation')}/{tag('TSLType')}"))


def territory(root):
    """The country that a list says it is of; "?" when it does not."""
    return (root.findtext(f"{tag('SchemeInformation')}/{tag('SchemeTerritory')}") or "?").strip()[:10]


def reduced(root):
    """The compact form of a list (`plain`) whose signature is good."""
    scheme = root.find(tag("SchemeInformation"))
    if scheme is None:
        raise FirmaError("trusted_list", "The trusted list does not describe itself.")
    number = (scheme.findtext(tag("TSLSequenceNumber")) or "").strip()
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise FirmaError("trusted_list", "The trusted list has no sequence number.")
    following = scheme.findtext(f"{tag('NextUpdate')}/{tag('dateTime')}")
    issued = scheme.findtext(tag("ListIssueDateTime"))
    certs, reader = {}, Certificates()
    return {
        "format": listed.FORMAT,
        "territory": territory(root),
        "sequence": int(number),
        "issued": listed.time(issued).isoformat() if issued else None,
        "next_update": listed.time(following).isoformat() if following else None,
        "lotl": is_list_of_lists(root),
        "union": _of_union(scheme.findtext(tag("TSLType"))),
        "uris": [(uri.text or "").strip() for uri in scheme.iterfind(f"{tag('SchemeInformationURI')}/{tag('URI')}")],
        "pointers": [_pointer(node, reader) for node in scheme.iterfind(f"{tag('PointersToOtherTSL')}/{tag('OtherTSLPointer')}")],
        "services": _services(root, reader, certs),
        "certs": certs,
    }


def _of_lists(kind):
    return (kind or "").strip().lower().endswith("/eulistofthelists")


def _of_union(kind):
    return (kind or "").strip().endswith(_UNION)


def _pointer(node, reader):
    """Where another list is, who signs it, and whether it is a list of the Union: third countries recognised by an
    agreement (MutualRecognitionAgreementInformation) and the list of their lists are not."""
    kind = next((item.text or "" for item in node.iter(tag("TSLType"))), "").strip()
    mime = next((item.text or "" for item in node.iter(f"{{{_MORE}}}MimeType")), "").strip()
    mutual = any(isinstance(item.tag, str) and item.tag.startswith(_MUTUAL) for item in node.iter())
    return {
        "territory": next((item.text or "" for item in node.iter(tag("SchemeTerritory"))), "").strip()[:10],
        "address": (node.findtext(tag("TSLLocation")) or "").strip(),
        "lotl": _of_lists(kind),
        "union": _of_union(kind) and not mutual,
        "xml": not mime or "xml" in mime.lower(),
        "certs": [compact["der"] for _cert, compact in reader.below(node)],
    }


def _named(node, name):
    """A name in Italian, else in English, else the first: lists are written in several languages."""
    names = {}
    for item in node.iterfind(f".//{tag(name)}/{tag('Name')}") if node is not None else ():
        names.setdefault((item.get(_LANGUAGE) or "").lower().split("-")[0], " ".join((item.text or "").split())[:300])
    return next((names[code] for code in _LANGUAGES if names.get(code)), next(iter(names.values()), ""))


def _services(root, reader, certs):
    found, count = [], 0
    for provider in root.iter(tag("TrustServiceProvider")):
        name = _named(provider.find(tag("TSPInformation")), "TSPName")
        for node in provider.iter(tag("TSPService")):
            count += 1
            if count > MAX_SERVICES:
                raise FirmaError("too_large", "The trusted list holds too many services.")
            service = _service(node, name, reader, certs)
            if service:
                found.append(service)
    return found


def _service(node, provider, reader, certs):
    """One service, or None: of a kind that is not looked up, or written so that nothing can be told of it."""
    information = node.find(tag("ServiceInformation"))
    kind = (information.findtext(tag("ServiceTypeIdentifier")) or "").strip() if information is not None else ""
    kind = kind.removeprefix(_SERVICE)
    if kind not in _KINDS:
        return None
    identities = information.find(tag("ServiceDigitalIdentity"))
    own = {cert.sha256.hex(): compact for cert, compact in reader.below(identities)} if identities is not None else {}
    certs.update(own)
    older = node.iterfind(f"{tag('ServiceHistory')}/{tag('ServiceHistoryInstance')}")
    return {
        "provider": provider,
        "name": _named(information, "ServiceName"),
        "kind": kind,
        "certs": list(own),
        "keys": _keys(identities),
        "subjects": _subjects(identities) if not own else [],
        # an older period in which the service was of another kind is one in which it was not of this
        "periods": [_period(item) if _kind_of(item) == kind else _other_period(item) for item in (information, *older)],
    }


def _kind_of(node):
    return (node.findtext(tag("ServiceTypeIdentifier")) or "").strip().removeprefix(_SERVICE)


def _keys(identities):
    """Identifiers of the service's keys (X509SKI), in hexadecimal."""
    found = []
    for item in identities.iter(tag("X509SKI")) if identities is not None else ():
        try:
            found.append(xml_canonical.decode(item.text).hex())
        except FirmaError:
            continue
    return [item for item in found if item]


def _subjects(identities):
    """Names of a service that has no certificate in the list."""
    nodes = identities.iter(tag("X509SubjectName")) if identities is not None else ()
    return [values for item in nodes if (values := listed.name_values(item.text))]


def _period(node):
    extensions = node.find(tag("ServiceInformationExtensions"))
    uris = [(uri.text or "").strip() for uri in extensions.iter(tag("URI"))] if extensions is not None else []
    elements = extensions.iter(f"{{{_ECC}}}QualificationElement") if extensions is not None else ()
    return {
        "start": listed.time(node.findtext(tag("StatusStartingTime"))).isoformat(),
        "status": (node.findtext(tag("ServiceStatus")) or "").strip().rsplit("/", 1)[-1].lower(),
        "purposes": [text.rsplit("/", 1)[-1] for text in uris if text.startswith(_EXTENSIONS)],
        "qualifications": [_qualification(element) for element in elements],
    }


def _other_period(node):
    return _period(node) | {"status": "other_kind"}


def _qualification(node):
    criteria = node.find(f"{{{_ECC}}}CriteriaList")
    names = [(item.get("uri") or "").rsplit("/", 1)[-1] for item in node.iter(f"{{{_ECC}}}Qualifier")]
    return {"qualifiers": names, "criteria": _criteria(criteria) if criteria is not None else None}


def _criteria(node, depth=0):
    items = []
    for child in node.iterchildren("*"):
        name = child.tag.rsplit("}", 1)[-1]
        if name == "KeyUsage":
            bits = child.iterchildren(f"{{{_ECC}}}KeyUsageBit")
            items.append(["usage", [[bit.get("name"), (bit.text or "").strip() in ("true", "1")] for bit in bits]])
        elif name == "PolicySet":
            items.append(_condition("policies", child))
        elif name == "CriteriaList" and depth < MAX_NESTED:
            items.append(["criteria", _criteria(child, depth + 1)])
        elif name == "otherCriteriaList":
            items += [_other(item) for item in child.iterchildren("*")]
        elif name != "Description":
            items.append(["unknown", None])
    return {"assert": node.get("assert", "all"), "items": items}


def _other(node):
    """The conditions of TS 119 612, 5.5.9.2.2.3: purposes of the key, attributes of the subject's name."""
    kinds = {f"{{{_MORE}}}ExtendedKeyUsage": "purposes", f"{{{_MORE}}}CertSubjectDNAttribute": "attributes"}
    return _condition(kinds.get(node.tag, "unknown"), node)


def _condition(kind, node):
    """A condition on identifiers: all of them, or nobody knows what was meant."""
    texts = [(item.text or "").strip().lower().removeprefix("urn:oid:") for item in node.iter(_IDENTIFIER)]
    readable = texts and all(re.fullmatch(r"[0-2](\.[0-9]+)+", text) for text in texts)
    return [kind, texts] if readable else ["unknown", None]
