"""XML read safely and written in its canonical forms; copies of a document without some of its elements."""

import base64
import binascii
import copy

from lxml import etree

from .errors import FirmaError

DS = "http://www.w3.org/2000/09/xmldsig#"
CANONICAL = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": (False, False),
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": (False, True),
    "http://www.w3.org/2006/12/xml-c14n11": (False, False),
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": (False, True),
    "http://www.w3.org/2001/10/xml-exc-c14n#": (True, False),
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": (True, True),
}
DEFAULT_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


def parse(data):
    """Root element; FirmaError for a document type, which would let entities and default attributes in."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, remove_comments=False, remove_pis=False, remove_blank_text=False, recover=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise FirmaError("malformed", "The XML cannot be read.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise FirmaError("unsafe_xml", "The XML has a document type declaration, which is refused.")
    return root


def tag(name, namespace=DS):
    """Qualified name, as lxml writes it."""
    return f"{{{namespace}}}{name}"


def only(parent, name, namespace=DS):
    """The only child with this name; FirmaError when it is missing or repeated."""
    found = parent.findall(tag(name, namespace))
    if len(found) != 1:
        raise FirmaError("malformed", f"{name} is missing or repeated.")
    return found[0]


def decode(text):
    """Bytes of base64 text; FirmaError when it is not."""
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise FirmaError("malformed", "A base64 value cannot be read.") from error


def canonical(element, uri=DEFAULT_C14N, method=None):
    """Canonical bytes of an element in its document."""
    if uri not in CANONICAL:
        raise FirmaError("unsupported", f"The canonical form {uri} is not known.")
    exclusive, _comments = CANONICAL[uri]
    alone = _alone(element)
    if not exclusive:
        alone.attrib.update(_inherited(element, version11="c14n11" in uri))
    return canonical_document(alone, uri, method)


def _alone(element):
    """The element as the root of its own document, with the namespaces that are in scope there.

    Asked for the canonical form of a part, lxml writes a wrong `xmlns=""` below a default namespace that comes from outside.
    """
    return parse(etree.tostring(element, with_tail=False))


def _inherited(element, *, version11):
    """Inclusive canonical form takes xml: attributes from the ancestors that are left out."""
    space = "{http://www.w3.org/XML/1998/namespace}"
    inherited = {}
    for ancestor in element.iterancestors():
        for name, value in ancestor.attrib.items():
            if name.startswith(space) and name not in element.attrib:
                inherited.setdefault(name, value)
    if version11 and inherited.keys() & {space + "base", space + "id"}:
        raise FirmaError("unsupported", "An inherited xml:base or xml:id is not supported.")
    return inherited


def canonical_document(root, uri, method):
    """Canonical bytes of the whole document, with the instructions around its root."""
    exclusive, comments = CANONICAL[uri]
    return etree.tostring(
        root.getroottree(), method="c14n", exclusive=exclusive, with_comments=comments,
        inclusive_ns_prefixes=_prefixes(root, method) if exclusive and method is not None else None,
    )  # fmt: skip


def _prefixes(root, method):
    listed = method.find("{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces")
    names = listed.get("PrefixList", "").split() if listed is not None else []
    if "#default" in names and any(None in node.nsmap for node in root.iter(etree.Element)):
        raise FirmaError("unsupported", "The default namespace among the inclusive ones is not supported.")  # nor by lxml
    return names or None


def copy_without(target, removed):
    """The target in a copy of its document from which some elements were taken away."""
    root = copy.deepcopy(target.getroottree()).getroot()
    kept, *doomed = [_follow(root, _path(item)) for item in (target, *removed)]
    for item in doomed:
        _remove(item)
    return kept


def _path(element):
    """Positions from the root down to an element."""
    steps = []
    while (parent := element.getparent()) is not None:
        steps.append(parent.index(element))
        element = parent
    return steps[::-1]


def _follow(root, steps):
    for step in steps:
        root = root[step]
    return root


def _remove(element):
    """Take an element away and keep the text that follows it."""
    parent, previous = element.getparent(), element.getprevious()
    if element.tail:
        if previous is not None:
            previous.tail = (previous.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def without_signatures(root):
    """A copy of the document without its signatures; None when the root is one."""
    if root.tag == tag("Signature"):
        return None
    outer = [s for s in root.iter(tag("Signature")) if not any(a.tag == tag("Signature") for a in s.iterancestors())]
    return copy_without(root, outer)
