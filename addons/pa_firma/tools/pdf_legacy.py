"""Signatures of PDFs from before PAdES (ISO 32000-1, 12.8.3): adbe.pkcs7.sha1 and adbe.x509.rsa_sha1.

Both rest on SHA-1: they hold only as of a time, proved, at which SHA-1 was still admitted; the weakness is always said.
"""

import datetime as dt

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko.pdf_utils import generic
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, extract_contents

from . import algorithms, cades, cms_reader, identity
from .errors import FirmaError
from .facts import NOT_VALID, UNDETERMINED, problem, warning
from .trust import Evidence, judge

PKCS7_SHA1, RSA_SHA1 = "/adbe.pkcs7.sha1", "/adbe.x509.rsa_sha1"
LEGACY = {PKCS7_SHA1, RSA_SHA1}
_WORDS = "SHA-1 of the document is what was signed"


class BareSignature(EmbeddedPdfSignature):
    """A signature that is no CMS, for what is judged of any signature: what it covers, and what came later."""

    def __init__(self, reader, sig_field, fq_name):  # pylint: disable=super-init-not-called  # there is no CMS to read
        sig_field = sig_field.get_object()
        reference = sig_field.raw_get("/V")
        self.reader, self.sig_field, self.fq_name = reader, sig_field, fq_name
        self.sig_object = reference.get_object()
        self.byte_range = self.sig_object.raw_get("/ByteRange")
        self.pkcs7_content = extract_contents(self.sig_object)
        self.md_algorithm = self.external_md_algorithm = "sha1"
        self.signed_revision = reader.xrefs.get_last_change(reference.reference)
        self.coverage = self.diff_result = self.tst_signature_digest = None
        self._docmdp = self._fieldmdp = None
        self._docmdp_queried = self._fieldmdp_queried = self._integrity_checked = False
        self.external_digests = {}

    def compute_tst_digest(self):
        """There is no CMS that could hold a timestamp."""


def verify_pkcs7_sha1(facts, pdf, embedded, signed, digest, later):
    """A CMS whose content is the SHA-1 digest of the byte ranges."""
    facts["format"] = "PDF-PKCS7-SHA1"
    evidence = pdf.evidence.add(cms_reader.evidence(signed))
    signer = embedded.signer_info
    cert = cades.describe(facts, signer, cms_reader.unique(evidence.certs + pdf.trust.for_signers(about=[signer["sid"]])))
    if cert is None:
        return
    _claimed(facts, embedded)
    content = cms_reader.content(signed)
    if content is None:
        raise FirmaError("unsupported", "the signature is not of the form that it says (adbe.pkcs7.sha1 without the digest inside)")
    facts["timestamps"] = [stamp for stamp in later if stamp["revision"] > embedded.signed_revision]
    proofs = [*pdf.proofs, *cades.proved(facts["timestamps"])]

    def inner(used):
        return content if used is None else algorithms.digest(used, content or b"")

    cades.verify_signer(facts, signer, cert, inner, pdf.trust, evidence, proofs)
    facts.pop("signing_certificate", None)
    if content != digest("sha1"):
        facts["integrity"] = False
        problem(facts, NOT_VALID, "altered", "the document was altered after this signature")
    _weak(facts, pdf.trust)
    facts["level"] = "CMS"


def verify_rsa_sha1(facts, pdf, embedded, digest, later):
    """A PKCS#1 signature of the byte ranges by the key of the certificate in /Cert."""
    facts["format"], facts["level"] = "PDF-X509-SHA1", "PKCS1"
    facts["digest_algorithm"], facts["signature_algorithm"] = "sha1", "sha1_rsa"
    certs = _certificates(embedded.sig_object)
    evidence = pdf.evidence.add(Evidence(certs))
    if not certs:
        problem(facts, UNDETERMINED, "no_certificate", "the signer's certificate is not in the file")
        return
    cert = certs[0]
    facts.update(identity.describe_certificate(cert))
    _claimed(facts, embedded)
    signature = core.OctetString.load(embedded.pkcs7_content[: cms_reader.element_size(embedded.pkcs7_content)]).native
    facts["signature_sha256"] = algorithms.digest("sha256", signature).hex()
    key = algorithms.load_public_key(cert.public_key.dump())
    facts["integrity"] = algorithms.check(key, padding.PKCS1v15(), hashes.SHA1(), signature, digest(None))
    if not facts["integrity"]:
        detail = "the document was altered after this signature, or it does not come from the certificate's key"
        problem(facts, NOT_VALID, "altered", detail)
    facts["timestamps"] = [stamp for stamp in later if stamp["revision"] > embedded.signed_revision]
    facts["timestamp"] = cades.shown(facts["timestamps"])
    proofs = [*pdf.proofs, *cades.proved(facts["timestamps"])]
    judge(facts, cert, pdf.trust, evidence, proofs, ["sha1"])
    warning(facts, "no_attributes", "The signature has no signed attributes: nothing binds its certificate and its time.")


def _certificates(signature):
    """The certificates of /Cert: one, or the signer's followed by its chain."""
    try:
        value = signature["/Cert"]
    except KeyError:
        return []
    items = list(value) if isinstance(value, generic.ArrayObject) else [value]
    found = []
    for item in items[:20]:
        raw = item.get_object()
        raw = raw.original_bytes if hasattr(raw, "original_bytes") else bytes(raw)
        try:
            found.append(asn1_x509.Certificate.load(raw, strict=True))
        except (ValueError, TypeError) as error:
            raise FirmaError("malformed", "a certificate of the signature cannot be read") from error
    return found


def _claimed(facts, embedded):
    if not facts["signing_time"] and "/M" in embedded.sig_object:
        claimed = generic.parse_pdf_date(embedded.sig_object["/M"], strict=False)
        facts["signing_time"] = claimed.isoformat() if claimed.tzinfo else None


def _weak(facts, trust):
    """SHA-1 counts also where the CMS around it uses something stronger."""
    when = dt.datetime.fromisoformat(facts["proved_time"]) if facts["proved_time"] else trust.moment
    if when < algorithms.SUNSET:
        warning(facts, "weak_algorithm", f"{_WORDS}, still admitted at that time")
    else:
        problem(facts, UNDETERMINED, "weak_algorithm", _WORDS)
