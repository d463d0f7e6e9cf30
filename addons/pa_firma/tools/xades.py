"""XAdES (ETSI EN 319 132-1): XML signatures that carry who signed, with which certificate, and when."""

import datetime as dt

from asn1crypto import x509 as asn1_x509
from lxml import etree

from . import algorithms, cades, identity, signature_policy, xml_canonical, xml_coverage, xmldsig
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, blank, problem, settle, warning
from .trust import Evidence, judge
from .xades_timestamps import SIGNED_PROPERTIES, Stamped
from .xml_canonical import decode, only, tag
from .xml_coverage import XADES

_MAX_VALUES = 200


def open_document(job, layer):
    """Verify every signature of an XML document."""
    root = xml_canonical.parse(layer.data)
    found = verify_tree(root, job, layer)
    if not found:
        raise FirmaError("unsigned", "The XML holds no signature.")
    job.add(found)
    if job.original is not None:
        job.matched |= all(facts["verdict"] != NOT_VALID for facts in found) and _is_original(root, job, found)


def _is_original(root, job, found):
    """The document without its signatures is the original, or a detached file or an enclosed object is."""
    if any(facts.get("external") for facts in found):
        return True
    try:
        wanted = xml_canonical.parse(job.original)
    except FirmaError:
        wanted = None
    if wanted is not None:
        bare = xml_canonical.without_signatures(root)
        inside = [xml_canonical.canonical(child, xml_canonical.EXCLUSIVE) for child in _enclosed(root)]
        same = xml_canonical.canonical(wanted, xml_canonical.EXCLUSIVE)
        if (bare is not None and xml_canonical.canonical(bare, xml_canonical.EXCLUSIVE) == same) or same in inside:
            return True
    return any(_base64(item) == job.original for item in root.iter(tag("Object")))


def _enclosed(root):
    for item in root.iter(tag("Object")):
        yield from item.iterchildren(etree.Element)


def _base64(item):
    try:
        return decode("".join(item.itertext()))
    except FirmaError:
        return None


def verify_tree(root, job, layer, external=None):
    """Facts of every signature under an element.

    :param external: function from the name of a file to its bytes (in a container); the original otherwise
    """
    ids = xmldsig.identifiers(root)
    signatures = list(root.iter(tag("Signature")))
    if len(signatures) > xmldsig.MAX_SIGNATURES:
        raise FirmaError("too_large", "The XML holds too many signatures.")
    alone = external or (lambda _name: job.original)
    found = []
    for index, signature in enumerate(signatures, 1):
        facts = blank(f"{layer.prefix}{signature.get('Id') or index}", "XAdES")
        found.append(facts)
        try:
            _verify(facts, signature, ids, alone, job.trust, layer.proofs, contained=external is not None)
        except FirmaError as error:
            soft = error.code in ("unsupported", "detached")
            facts["integrity"] = None if soft else False
            problem(facts, UNDETERMINED if soft else NOT_VALID, error.code, error.detail)
        except MemoryError:
            raise
        except Exception as error:  # fails closed: an unreadable signature is never a good one
            facts["integrity"] = False
            problem(facts, NOT_VALID, "malformed", f"the signature cannot be read ({type(error).__name__})")
        settle(facts)
    return found


def _verify(facts, signature, ids, external, trust, proofs, *, contained):
    properties = qualifying_properties(signature)
    evidence = Evidence(key_certificates(signature.find(tag("KeyInfo"))))
    evidence = evidence.add(_unsigned_evidence(properties))
    cert, bound = signing_certificate(evidence.certs, properties, signature)
    if cert is None:
        problem(facts, UNDETERMINED, "no_certificate", "the signer's certificate is not in the file")
    else:
        facts.update(identity.describe_certificate(cert))
    references = xmldsig.references(signature, ids, external)
    sealed = _sealed(references, properties)
    if properties is not None and not sealed:
        raise FirmaError("malformed", "the properties of the signature are not signed")
    facts["signing_time"] = _signing_time(properties)
    facts["signature_policy"] = signature_policy.of_xades(properties)
    _integrity(facts, signature, references, cert)
    _coverage(facts, signature, references, properties, contained)
    if cert is None:
        return
    if not bound:
        facts["format"] = "XMLDSig"
        warning(facts, "not_baseline", "The signing certificate is not among the signed data (not XAdES baseline).")
    elif bound == "other":
        facts["integrity"] = False
        problem(facts, NOT_VALID, "certificate_mismatch", "the certificate is not the one that the signer signed for")
    stamped = Stamped(signature, properties, references, ids)
    _time_and_trust(facts, stamped, cert, trust, evidence, proofs)


def qualifying_properties(signature):
    """QualifyingProperties directly inside this signature, or None."""
    found = [p for item in signature.findall(tag("Object")) for p in item.findall(tag("QualifyingProperties", XADES))]
    if len(found) > 1:
        raise FirmaError("malformed", "the properties of the signature are repeated")
    return found[0] if found else None


def _sealed(references, properties):
    """Is the SignedProperties element of this very signature among what is signed?"""
    if properties is None:
        return False
    signed = only(properties, "SignedProperties", XADES)
    return any(ref.element is signed and not ref.without for ref in references)


def key_certificates(info):
    """Certificates of a KeyInfo element."""
    found = []
    for node in info.iter(tag("X509Certificate")) if info is not None else ():
        found.append(asn1_x509.Certificate.load(decode(node.text), strict=True))
    return found[:_MAX_VALUES]


def _unsigned_evidence(properties):
    def values(name):
        nodes = list(properties.iter(tag(name, XADES)))[:_MAX_VALUES] if properties is not None else []
        return [decode(node.text) for node in nodes]

    certs = [asn1_x509.Certificate.load(der, strict=True) for der in values("EncapsulatedX509Certificate")]
    return Evidence(certs, values("EncapsulatedOCSPValue"), values("EncapsulatedCRLValue"))


def signing_certificate(certs, properties, signature):
    """(certificate, "yes" bound by the signed properties, "" not bound, "other" when none of them is the bound one).

    XMLDSig gives the certificates no order: where nothing says which is the signer's, it is the one whose key signed.
    """
    node = _signed(properties)
    for name in ("SigningCertificateV2", "SigningCertificate"):
        item = node.find(f"{tag(name, XADES)}/{tag('Cert', XADES)}/{tag('CertDigest', XADES)}") if node is not None else None
        if item is None:
            continue
        used, wanted = xmldsig.digest_name(only(item, "DigestMethod")), decode(only(item, "DigestValue").text)
        match = next((cert for cert in certs if algorithms.digest(used, cert.dump()) == wanted), None)
        return (match, "yes") if match else (certs[0] if certs else None, "other")
    return next((cert for cert in certs if xmldsig.key_signed(signature, cert)), certs[0] if certs else None), ""


def _signed(properties):
    """SignedSignatureProperties where they are signed: others by that name may stand among what is not."""
    return properties.find(f"{tag('SignedProperties', XADES)}/{tag('SignedSignatureProperties', XADES)}") if properties is not None else None


def _signing_time(properties):
    node = _signed(properties)
    item = node.find(tag("SigningTime", XADES)) if node is not None else None
    text = item.xpath("string()") if item is not None else ""  # whole: a comment inside, which nobody signs, cuts nothing
    try:
        value = dt.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return (value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)).isoformat()


def _integrity(facts, signature, references, cert):
    kind, digest = xmldsig.signature_method(signature)
    facts["digest_algorithm"], facts["signature_algorithm"] = digest, f"{digest}_{kind}"
    facts["signature_sha256"] = algorithms.digest("sha256", decode(only(signature, "SignatureValue").text)).hex()
    facts["integrity"] = all(ref.good for ref in references) if cert is not None else None
    if not all(ref.good for ref in references):
        facts["integrity"] = False
        problem(facts, NOT_VALID, "altered", "the document was altered after this signature")
    if cert is not None and not xmldsig.key_signed(signature, cert):
        facts["integrity"] = False
        problem(facts, NOT_VALID, "cryptography", "the signature does not come from the certificate's key")


def _coverage(facts, signature, references, properties, contained):
    """Is what was signed the whole document, and not a piece beside other things?"""
    data = [ref for ref in references if ref.type != SIGNED_PROPERTIES]
    facts["later_changes"] = "none"
    if xml_coverage.countersigned(signature, data) is not None:
        facts["format"], facts["covers_whole_file"] = "XAdES-countersignature", False
        return
    facts["external"] = [ref.external for ref in data if ref.external is not None]
    if xml_coverage.holds_manifest(signature, data):
        problem(facts, UNDETERMINED, "unsupported", "it signs a list of other things (Manifest), which are not verified")
    if contained:
        facts["covers_whole_file"] = True  # the container judges which files are signed
        return
    facts["covers_whole_file"] = not xml_coverage.uncovered(signature, data, properties)
    if not facts["covers_whole_file"]:
        facts["later_changes"] = "not_covered"
        problem(facts, NOT_VALID, "not_covered", "the document holds parts that this signature does not cover")
    elif xml_coverage.styled_from_outside(signature, data):
        detail = "the document names a stylesheet that is not signed: it may show something else"
        problem(facts, UNDETERMINED, "active_content", detail)
    if names := xml_coverage.only_named(signature, data):
        warning(facts, "names_around", "The name of the element around what is signed is not signed: " + ", ".join(names))


def _time_and_trust(facts, stamped, cert, trust, evidence, proofs):
    stamps = stamped.verify(trust, evidence, min(proofs, default=trust.moment))
    facts["timestamps"] = stamps
    cades.tell_timestamps(facts, stamps)
    facts["timestamp"] = cades.shown(stamps)
    digests = {facts["digest_algorithm"], *(ref.digest_algorithm for ref in stamped.references)}
    proving = [item for item in stamps if item["kind"] not in cades.NOT_OF_THE_SIGNATURE]
    path = judge(facts, cert, trust, evidence, [*proofs, *cades.proved(proving)], sorted(digests))
    if facts["format"] != "XMLDSig":
        cades.level(facts, path, evidence)
