"""What an XML signature covers: is it the document, and not a piece beside, around or below other things?

Signatures refer to elements by identifier, wherever they stand (signature wrapping begins there), and some transforms take
only a part of an element: whatever could be read as the document and is not signed counts against it.
"""

from lxml import etree

from .xml_canonical import only, tag

XADES = "http://uri.etsi.org/01903/v1.3.2#"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_IDENTIFIERS = {"Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"}
_SILENT = _IDENTIFIERS | {_XSI + "schemaLocation", _XSI + "noNamespaceSchemaLocation"}
_LANGUAGES = ("{http://www.w3.org/", "{http://uri.etsi.org/", "{http://docs.oasis-open.org/")
_PARTS = {tag(name) for name in ("SignedInfo", "SignatureValue", "KeyInfo", "Object")}
_PROPERTIES = {tag(name, XADES) for name in ("SignedProperties", "UnsignedProperties")}


def whole_references(references):
    """The references that cover all of their element: of base64 only the text is signed, not where it stands."""
    return [ref for ref in references if ref.element is not None and not (ref.text_only and _says_more(ref.element))]


def _says_more(element):
    allowed = _IDENTIFIERS | ({"MimeType", "Encoding"} if element.tag == tag("Object") else set())
    return bool(len(element)) or bool(set(element.attrib) - allowed)


def countersigned(signature, references):
    """The other signature whose value this one signs, or None: then what that one covers is the document."""
    for ref in references:
        element = ref.element
        if element is None or element.tag != tag("SignatureValue"):
            continue
        other = element.getparent()
        if other is not None and other.tag == tag("Signature") and other is not signature and only(other, "SignatureValue") is element:
            return other
    return None


def uncovered(signature, references, properties):
    """Whether the document holds something that is neither signed nor a signature nor a bare root around both."""
    covered = [ref.element for ref in whole_references(references)]
    if _foreign(signature, covered, properties):
        return True
    root = signature.getroottree().getroot()
    if any(item is root for item in covered):
        return False
    if _around(signature, covered) - (set() if _is_enveloped(signature, covered) else {root}):
        return True
    ends = [*covered, *([signature] if not covered else [])]
    ways = {ancestor for item in ends for ancestor in item.iterancestors()}
    return _beside(root, signature, set(covered), ways)


def _is_enveloped(signature, covered):
    """Whether the signature is inside what it signs: whoever wraps that adds a name that nobody signed."""
    return any(ancestor in covered for ancestor in signature.iterancestors())


def _around(signature, covered):
    """The elements around the signature and what it signs, not signed themselves."""
    found = set()
    for item in (*covered, signature):
        above = list(item.iterancestors())
        if not (signature in above or any(ancestor in covered for ancestor in above)):
            found |= set(above)
    return found


def only_named(signature, references):
    """The name of the element around what is signed, when there is one: nobody signed it, and it could say something."""
    covered = [ref.element for ref in whole_references(references)]
    return [etree.QName(item).localname for item in _around(signature, covered)] if covered else []


def _beside(root, signature, signed, ways):
    stack = [root]
    while stack:
        node = stack.pop()
        if node in signed or node is signature or not isinstance(node.tag, str):
            continue
        if node.tag == tag("Signature") and node not in ways:
            continue  # it is verified by itself
        if node not in ways or _own_data(node):
            return True
        stack.extend(node)
    return False


def _foreign(signature, covered, properties):
    """Whether something stands inside the signature that neither the signature needs nor anybody signed."""
    if any(item is signature for item in covered):
        return False
    if set(signature.attrib) - _IDENTIFIERS or _has_text(signature):
        return True
    for child in signature.iterchildren("*"):
        if child.tag not in _PARTS or (child.tag != tag("Object") and _holds_others(child)):
            return True
        if child.tag == tag("Object") and child not in covered and _object_says(child, covered, properties):
            return True
    return False


def _holds_others(part):
    """Whether a part of the signature holds elements of a language that is not of signatures (keys may be said in several)."""
    if part.tag == tag("SignatureValue"):
        return bool(len(part))
    return any(not etree.QName(item).namespace or not item.tag.startswith(_LANGUAGES) for item in part.iter(etree.Element))


def _object_says(item, covered, properties):
    """An object that is not signed as a whole: the properties alone, signed things alone, or nothing."""
    if _has_text(item):
        return True
    for child in item.iterchildren("*"):
        if child is properties:
            if _has_text(child) or any(part.tag not in _PROPERTIES for part in child.iterchildren("*")):
                return True
        elif child not in covered:
            return True
    return False


def _has_text(node):
    texts = [node.text, *(child.tail for child in node)]
    return any((text or "").strip() for text in texts)


def _own_data(node):
    """Text or attributes of its own, besides identifiers and schema locations."""
    return _has_text(node) or bool(set(node.attrib) - _SILENT)


def holds_manifest(signature, references):
    """Whether what is signed is a list of digests of other things (XMLDSig, 5.1), whatever its reference says of it."""
    for ref in references:
        inside = ref.element is not None and signature in ref.element.iterancestors()
        if inside and next(ref.element.iter(tag("Manifest")), None) is not None:
            return True
    return False


def styled_from_outside(signature, references):
    """Whether the document is shown through a stylesheet named outside of what is signed."""
    root = signature.getroottree().getroot()
    if any(ref.uri in ("", "#xpointer(/)") for ref in references):
        return False
    around = [*root.itersiblings(preceding=True), *root.itersiblings()]
    return any(getattr(item, "target", None) == "xml-stylesheet" for item in around)
