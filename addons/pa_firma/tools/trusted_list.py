"""Trusted lists (ETSI TS 119 612): which services were qualified, and when.

A list counts only when its own signature is good and its signer is known: a certificate given by whoever verifies, or
one that a list of lists already accepted names for it. What it says is read into the form of `listed`.
"""

import base64
import importlib.resources

from asn1crypto import pem, x509

from . import algorithms, identity, listed, xades, xml_canonical, xmldsig
from .errors import FirmaError
from .trust import certificates

TSL = "http://uri.etsi.org/02231/v2#"
_MORE = "http://uri.etsi.org/02231/v2/additionaltypes#"
_ECC = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
_SERVICE = "http://uri.etsi.org/TrstSvc/Svctype/"
_EXTENSION = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
_KINDS = {"CA/QC", "TSA/QTST", "TSA"}  # what this program looks up
MAX_SERVICES = 20_000
MAX_NESTED = 5


def reduced(root):
    """The compact form of a list whose signature is good. Signatures are left out: what they hold is not signed."""
    root = xml_canonical.without_signatures(root)
    scheme = root.find(_tag("SchemeInformation"))
    if scheme is None:
        raise FirmaError("trusted_list", "The trusted list does not describe itself.")
    number = (scheme.findtext(_tag("TSLSequenceNumber")) or "").strip()
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise FirmaError("trusted_list", "The trusted list has no sequence number.")
    following = scheme.findtext(f"{_tag('NextUpdate')}/{_tag('dateTime')}")
    issued = scheme.findtext(_tag("ListIssueDateTime"))
    certs = {}
    return {
        "format": listed.FORMAT,
        "territory": (scheme.findtext(_tag("SchemeTerritory")) or "?").strip()[:10],
        "sequence": int(number),
        "issued": listed.time(issued).isoformat() if issued else None,
        "next_update": listed.time(following).isoformat() if following else None,
        "lotl": _is_list_of_lists(root),
        "pointers": [_pointer(node) for node in scheme.iter(_tag("OtherTSLPointer"))],
        "services": _services(root, certs),
        "certs": certs,
    }


def _pointer(node):
    """Where another list is, and who signs it."""
    kind = next((item.text or "" for item in node.iter(_tag("TSLType"))), "").strip()
    mime = next((item.text or "" for item in node.iter(f"{{{_MORE}}}MimeType")), "").strip()
    return {
        "territory": next((item.text or "" for item in node.iter(_tag("SchemeTerritory"))), "").strip()[:10],
        "address": (node.findtext(_tag("TSLLocation")) or "").strip(),
        "lotl": kind.lower().endswith("listofthelists"),
        "xml": not mime or "xml" in mime.lower(),
        "certs": [base64.b64encode(item.dump()).decode() for item in _certificates(node)],
    }


def _certificates(node):
    """Certificates below an element. One that cannot be read identifies nobody: a list is not refused for it."""
    found = []
    for item in node.iter(_tag("X509Certificate")):
        try:
            cert = x509.Certificate.load(xml_canonical.decode(item.text), strict=True)
            listed.describe(cert)
        except (FirmaError, ValueError, TypeError, KeyError):
            continue
        found.append(cert)
    return found


def _services(root, certs):
    found, count = [], 0
    for provider in root.iter(_tag("TrustServiceProvider")):
        name = (provider.findtext(f".//{_tag('TSPName')}/{_tag('Name')}") or "").strip()
        for node in provider.iter(_tag("TSPService")):
            count += 1
            if count > MAX_SERVICES:
                raise FirmaError("too_large", "The trusted list holds too many services.")
            service = _service(node, name, certs)
            if service["kind"] in _KINDS:
                found.append(service)
    return found


def _service(node, provider, certs):
    information = node.find(_tag("ServiceInformation"))
    kind = (information.findtext(_tag("ServiceTypeIdentifier")) or "").strip().removeprefix(_SERVICE)
    identities = information.find(_tag("ServiceDigitalIdentity"))
    own = _certificates(identities) if kind in _KINDS and identities is not None else []
    certs.update((cert.sha256.hex(), listed.describe(cert)) for cert in own)
    history = node.find(_tag("ServiceHistory"))
    older = history.findall(_tag("ServiceHistoryInstance")) if history is not None else []
    return {
        "provider": provider,
        "kind": kind,
        "certs": [cert.sha256.hex() for cert in own],
        "periods": [_period(item) for item in (information, *older)] if kind in _KINDS else [],
    }


def _period(node):
    extensions = node.find(_tag("ServiceInformationExtensions"))
    uris = [(uri.text or "").strip() for uri in extensions.iter(_tag("URI"))] if extensions is not None else []
    elements = extensions.iter(f"{{{_ECC}}}QualificationElement") if extensions is not None else ()
    return {
        "start": listed.time(node.findtext(_tag("StatusStartingTime"))).isoformat(),
        "status": (node.findtext(_tag("ServiceStatus")) or "").strip().rsplit("/", 1)[-1].lower(),
        "purposes": [text.removeprefix(_EXTENSION) for text in uris if text.startswith(_EXTENSION)],
        "qualifications": [_qualification(element) for element in elements],
    }


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
            items.append(["usage", [[bit.get("name"), (bit.text or "").strip() == "true"] for bit in bits]])
        elif name == "PolicySet":
            texts = [item.text or "" for item in child.iter("{http://uri.etsi.org/01903/v1.3.2#}Identifier")]
            items.append(["policies", [text.strip().lower().removeprefix("urn:oid:") for text in texts]])
        elif name == "CriteriaList" and depth < MAX_NESTED:
            items.append(["criteria", _criteria(child, depth + 1)])
        elif name != "Description":
            items.append(["unknown", None])
    return {"assert": node.get("assert", "all"), "items": items}


def _tag(name):
    return f"{{{TSL}}}{name}"


def load_all(blobs, trust):
    """(lists that can be trusted, warnings): lists of lists first, so that they may name the signers of the others."""
    lists, known = [], list(trust.anchors)
    waiting = [_parse(data) for data in blobs]
    while waiting:
        accepted = next((root for root in waiting if _signer(root, known)[0] is not None), None)
        if accepted is None:
            trouble = _signer(waiting[0], known)[1]
            raise FirmaError("trusted_list", f"The trusted list is not usable: {trouble}.")
        waiting.remove(accepted)
        found = listed.TrustedList(reduced(accepted))
        if found.is_list_of_lists:
            known += found.pointers
        lists.append(found)
    return lists, listed.old(lists, trust.moment)


def read(data, trust=(), at=None):
    """{"list": compact form, "signer", "signer_sha256"} of a list signed by one of `trust` (PEM or DER), or
    {"error": code, "detail"}; never raises on bad input. Only those certificates count, not those that are shipped."""
    try:
        root = _parse(data)
        known = [cert for item in trust for cert in certificates(item)]
        cert, trouble, code = _signer(root, known, with_shipped=False)
        if cert is None:
            return {"error": code, "detail": trouble, "who": _who(root)}
        return {"list": reduced(root), "signer": identity.signer_name(cert), "signer_sha256": cert.sha256.hex()}
    except FirmaError as error:
        return {"error": error.code, "detail": error.detail}
    except Exception as error:  # fails closed: hostile lists raise anything
        return {"error": "trusted_list", "detail": f"The trusted list cannot be read ({type(error).__name__})."}


def _who(root):
    """Who seems to have signed the list, for a person to recognise."""
    try:
        cert = xades.key_certificates(root.find(xml_canonical.tag("Signature")).find(xml_canonical.tag("KeyInfo")))[0]
        return f"{identity.signer_name(cert)[:200]}, SHA-256 {cert.sha256.hex()}"
    except Exception:  # said only when it can be read
        return ""


def _is_list_of_lists(root):
    kind = root.findtext(f"{_tag('SchemeInformation')}/{_tag('TSLType')}") or ""
    return kind.strip().lower().endswith("listofthelists")


def shipped():
    """Signers of the European list of lists that pyHanko carries."""
    folder = importlib.resources.files("pyhanko.sign.validation.qualified") / "lotl-certs"
    for item in folder.iterdir() if folder.is_dir() else ():
        if item.name.endswith(".pem"):
            yield x509.Certificate.load(pem.unarmor(item.read_bytes())[2])


def _parse(data):
    root = xml_canonical.parse(data)
    if root.tag != _tag("TrustServiceStatusList"):
        raise FirmaError("trusted_list", "This is not a trusted list.")
    return root


def _signer(root, known, *, with_shipped=True):
    """(certificate of the signer, "", "") when the list's signature is good and its signer is known, else (None, what is
    wrong, its code)."""
    signatures = root.findall(xml_canonical.tag("Signature"))
    if len(signatures) != 1:
        return None, "it has not exactly one signature", "list_unsigned"
    try:
        cert = _signed_by(signatures[0], root)
    except FirmaError as error:
        return None, f"its signature is not good ({error.detail})", "list_altered"
    except Exception as error:  # fails closed
        return None, f"its signature cannot be read ({type(error).__name__})", "list_altered"
    if any(cert.sha256 == item.sha256 for item in known):
        return cert, "", ""
    if with_shipped and _is_list_of_lists(root) and any(cert.sha256 == item.sha256 for item in shipped()):
        return cert, "", ""
    return None, f"its signer is not known ({identity.signer_name(cert)}, SHA-256 {cert.sha256.hex()})", "list_signer"


def _signed_by(signature, root):
    """Certificate that signed the whole list."""
    certs = xades.key_certificates(signature.find(xml_canonical.tag("KeyInfo")))
    cert, bound = xades.signing_certificate(certs, xades.qualifying_properties(signature), signature)
    if cert is None or bound == "other":
        raise FirmaError("trusted_list", "its certificate is missing or is another one")
    references = xmldsig.references(signature, xmldsig.identifiers(root), lambda _name: None)
    if not any(item.element is root and item.without in ("self", "signatures") for item in references):
        raise FirmaError("trusted_list", "it does not cover the whole list")
    if not all(item.good for item in references) or not xmldsig.key_signed(signature, cert):
        raise FirmaError("trusted_list", "the list was altered")
    weak = algorithms.weakness(xmldsig.signature_method(signature)[1], cert.public_key)
    if weak:
        raise FirmaError("trusted_list", weak[0])
    return cert
