"""The report as ETSI TS 119 102-2 (v1.2.1, whose namespace later versions keep) XML."""

import base64

from lxml import etree

from . import etsi_indications, signature_policy

NS = "http://uri.etsi.org/19102/v1.2.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
# In the order of the schema; whether the attribute is among what is signed.
_STAMPS = (
    ("content", "AllDataObjectsTimeStamp", "true"),
    ("signature", "SignatureTimeStamp", "false"),
    ("signature_refs", "SigAndRefsTimeStamp", "false"),
    ("refs", "RefsOnlyTimeStamp", "false"),
    ("archive", "ArchiveTimeStamp", "false"),
    ("document", "DocTimeStamp", "false"),
    ("document_later", "DocTimeStamp", "false"),
)
_ARCHIVED = {"archive", "document_later"}


def build(report, _lang="en"):
    """Bytes of the XML."""
    root = etree.Element(_tag("ValidationReport"), nsmap={None: NS, "ds": DS})
    for number, facts in enumerate(report["signatures"], 1):
        _signature(root, report, facts, number)
    if not report["signatures"]:
        node = etree.SubElement(root, _tag("SignatureValidationReport"))
        _times(node, report, None)
        _document(node, report)
        _status(node, etsi_indications.of(report["verdict"], report["reasons"]))
    root.append(_objects(report))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _signature(root, report, facts, number):
    node = etree.SubElement(root, _tag("SignatureValidationReport"))
    identifier = _add(node, "SignatureIdentifier", id=f"S{number}")
    _digest(identifier, facts.get("signature_sha256") or report["sha256"])
    _add(identifier, "HashOnly", "false")
    _add(identifier, "DocHashOnly", "false")
    _add(identifier, "DAIdentifier", facts["field"])
    _times(node, report, facts)
    _document(node, report)
    _attributes(node, facts)
    if facts["certificate_sha256"]:
        signer = _add(node, "SignerInformation", Pseudonym="false")
        _add(signer, "SignerCertificate", VOReference=f"C{facts['certificate_sha256']}")
        _add(signer, "Signer", facts["signer"])
    if facts["qualified"] is not None:
        _add(_add(node, "SignatureQuality"), "SignatureQualityInformation", _quality(facts))
    process = _add(node, "SignatureValidationProcess")
    _add(process, "SignatureValidationProcessID", f"urn:etsi:019102:validationprocess:{_process(facts)}")
    _status(node, _indication(report, facts))


def _process(facts):
    """How far the validation went (EN 319 102-1, 5.3, 5.5, 5.6)."""
    if not facts["proved_time"]:
        return "Basic"
    return "LTA" if any(item["trusted"] and item["kind"] in _ARCHIVED for item in facts["timestamps"]) else "LTVM"


def _indication(report, facts):
    """Of one signature: its own, or what the whole file has against every signature in it."""
    own = {(item["code"], f"{each['field']}: {item['detail']}") for each in report["signatures"] for item in each.get("reasons", ())}
    shared = [item for item in report["reasons"] if (item["code"], item["detail"]) not in own]
    verdict = facts["verdict"]
    if shared:
        verdict = max(verdict, report["verdict"], key=("valid", "undetermined", "not_valid").index)
    return etsi_indications.of(verdict, [*facts.get("reasons", ()), *shared], facts)


def _attributes(node, facts):
    """Signing time, policy and timestamps, in the order of the schema."""
    found = []
    if facts["signing_time"]:
        found.append(("SigningTime", "true", "Time", facts["signing_time"]))
    for kind, name, signed in _STAMPS:
        if kind == "signature" and facts.get("signature_policy") not in (None, signature_policy.IMPLIED):
            found.append(("SigPolicyIdentifier", "true", "SigPolicyId", facts["signature_policy"]))
        times = [item["time"] for item in facts["timestamps"] if item["kind"] == kind and item["time"]]
        found += [(name, signed, "TimeStampValue", time) for time in times]
    if found:
        attributes = _add(node, "SignatureAttributes")
        for name, signed, inner, value in found:
            _add(_add(attributes, name, Signed=signed), inner, value)


def _quality(facts):
    if not facts["qualified"]:
        return "urn:cef:dss:signatureQualification:AdES"
    kind = "QESeal" if facts["qscd"] else "AdESeal_QC"
    if not facts.get("seal"):
        kind = "QESig" if facts["qscd"] else "AdESig_QC"
    return f"urn:cef:dss:signatureQualification:{kind}"


def _times(node, report, facts):
    info = _add(node, "ValidationTimeInfo")
    _add(info, "ValidationTime", report["validation_time"])
    best = _add(info, "BestSignatureTime")
    proved = facts["proved_time"] if facts else None
    _add(best, "POETime", proved or report["validation_time"])
    inside = not proved or any(item["trusted"] and item["time"] == proved for item in facts["timestamps"])
    _add(best, "TypeOfProof", f"urn:etsi:019102:poetype:{'validation' if inside else 'provided'}")


def _document(node, report):
    document = _add(node, "SignersDocument")
    _digest(document, report["sha256"])
    _add(document, "SignersDocumentRepresentation", VOReference="D")


def _status(node, indication):
    main, names = indication
    status = _add(node, "SignatureValidationStatus")
    _add(status, "MainIndication", f"urn:etsi:019102:mainindication:{main}")
    for name in names:
        _add(status, "SubIndication", f"urn:etsi:019102:subindication:{name}")


def _objects(report):
    """The document and the certificates of who signed, by their digests."""
    objects = etree.Element(_tag("SignatureValidationObjects"))
    found = {f"C{facts['certificate_sha256']}": facts["certificate_sha256"] for facts in report["signatures"]}
    for name, value in {"D": report["sha256"], **found}.items():
        if value:
            item = _add(objects, "ValidationObject", id=name)
            kind = "signedData" if name == "D" else "certificate"
            _add(item, "ObjectType", f"urn:etsi:019102:validationObject:{kind}")
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
