"""The report as ETSI TS 119 102-2 (v1.2.1) XML."""

import base64

from lxml import etree

NS = "http://uri.etsi.org/19102/v1.2.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
_MAIN = {"valid": "total-passed", "not_valid": "total-failed", "undetermined": "indeterminate"}
# ETSI EN 319 102-1, table 6; a code that has no name there becomes the generic one of its indication
_SUB = {
    "altered": "HASH_FAILURE",
    "changed": "HASH_FAILURE",
    "cryptography": "SIG_CRYPTO_FAILURE",
    "expired": "OUT_OF_BOUNDS_NO_POE",
    "key_usage": "SIG_CONSTRAINTS_FAILURE",
    "detached": "SIGNED_DATA_NOT_FOUND",
    "no_certificate": "NO_SIGNING_CERTIFICATE_FOUND",
    "revoked": "REVOKED_NO_POE",
    "untrusted": "NO_CERTIFICATE_CHAIN_FOUND",
    "weak_algorithm": "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
}
_SUB_PROVED = {"expired": "NOT_YET_VALID", "revoked": "REVOKED"}


def build(report, _lang="en"):
    """Bytes of the XML."""
    root = etree.Element(_tag("ValidationReport"), nsmap={None: NS, "ds": DS})
    for number, facts in enumerate(report["signatures"], 1):
        _signature(root, report, facts, number)
    if not report["signatures"]:
        node = etree.SubElement(root, _tag("SignatureValidationReport"))
        _times(node, report, None)
        _document(node, report)
        _status(node, report["verdict"], report["reasons"], None)
    objects = _certificates(report)
    if len(objects):
        root.append(objects)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _signature(root, report, facts, number):
    node = etree.SubElement(root, _tag("SignatureValidationReport"))
    identifier = _add(node, "SignatureIdentifier", id=f"S{number}")
    _digest(identifier, facts.get("signature_sha256") or report["sha256"])
    _add(identifier, "HashOnly", "false")
    _add(identifier, "DocHashOnly", "false")
    _add(identifier, "DAIdentifier", facts["field"])
    _times(node, report, facts["proved_time"])
    _document(node, report)
    if facts["signing_time"]:
        attributes = _add(node, "SignatureAttributes")
        _add(_add(attributes, "SigningTime", Signed="true"), "Time", facts["signing_time"])
    if facts["signer"]:
        signer = _add(node, "SignerInformation", Pseudonym="false")
        if facts["certificate_sha256"]:
            _add(signer, "SignerCertificate", VOReference=f"C{facts['certificate_sha256']}")
        _add(signer, "Signer", facts["signer"])
    if facts["qualified"] is not None:
        _add(_add(node, "SignatureQuality"), "SignatureQualityInformation", _quality(facts))
    process = _add(node, "SignatureValidationProcess")
    kind = "LTVM" if facts["proved_time"] else "Basic"
    _add(process, "SignatureValidationProcessID", f"urn:etsi:019102:validationprocess:{kind}")
    # a weakness of the file counts against each of its signatures
    worst = max(facts["verdict"], report["verdict"], key=("valid", "undetermined", "not_valid").index)
    _status(node, worst, facts.get("reasons") or report["reasons"], facts["proved_time"])


def _quality(facts):
    if not facts["qualified"]:
        return "urn:cef:dss:signatureQualification:AdES"
    kind = "QESeal" if facts["qscd"] else "AdESeal_QC"
    if not facts.get("seal"):
        kind = "QESig" if facts["qscd"] else "AdESig_QC"
    return f"urn:cef:dss:signatureQualification:{kind}"


def _times(node, report, proved):
    info = _add(node, "ValidationTimeInfo")
    _add(info, "ValidationTime", report["validation_time"])
    best = _add(info, "BestSignatureTime")
    _add(best, "POETime", proved or report["validation_time"])
    kind = "providedpoe" if proved else "validation"
    _add(best, "TypeOfProof", f"urn:etsi:019102:poetype:{kind}")


def _document(node, report):
    _digest(_add(node, "SignersDocument"), report["sha256"])


def _status(node, verdict, reasons, proved):
    status = _add(node, "SignatureValidationStatus")
    _add(status, "MainIndication", f"urn:etsi:019102:mainindication:{_MAIN[verdict]}")
    if verdict == "valid":
        return
    generic = "FORMAT_FAILURE" if verdict == "not_valid" else "GENERIC"
    names = []
    for item in reasons:
        name = (_SUB_PROVED if proved else {}).get(item["code"]) or _SUB.get(item["code"], generic)
        if name not in names:
            names.append(name)
    for name in names or [generic]:
        _add(status, "SubIndication", f"urn:etsi:019102:subindication:{name}")


def _certificates(report):
    objects = etree.Element(_tag("SignatureValidationObjects"))
    for value in dict.fromkeys(facts["certificate_sha256"] for facts in report["signatures"]):
        if value:
            item = _add(objects, "ValidationObject", id=f"C{value}")
            _add(item, "ObjectType", "urn:etsi:019102:validationObject:certificate")
            _digest(_add(item, "ValidationObjectRepresentation"), value)
    return objects


def _digest(node, value):
    pair = _add(node, "DigestAlgAndValue")
    etree.SubElement(pair, f"{{{DS}}}DigestMethod", Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    digest = etree.SubElement(pair, f"{{{DS}}}DigestValue")
    digest.text = base64.b64encode(bytes.fromhex(value)).decode()


def _add(parent, name, text=None, **attributes):
    node = etree.SubElement(parent, _tag(name), attributes)
    node.text = _printable(text) if text is not None else None
    return node


def _printable(text):
    """Names come from certificates: control characters cannot be written in XML."""
    return "".join(char if char >= " " and char not in "\ufffe\uffff" and not "\ud800" <= char <= "\udfff" else "?" for char in text)


def _tag(name):
    return f"{{{NS}}}{name}"
