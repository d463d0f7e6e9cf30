"""PAdES B-B and B-T signatures, the key being anything that signs a digest (here a PKCS#12 key file)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timezone
from io import BytesIO

from asn1crypto import crl as asn1_crl
from asn1crypto import pem, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from . import identity
from . import mark as marks
from .errors import FirmaError
from .pdf_guard import MAX_BYTES, check_signable
from .stamper import Stamper

BYTES_RESERVED = 32768  # hexadecimal digits: certificates, timestamp token and attributes fit with room


class KeyFileSigner(Signer):
    """Signs with a key already parsed: pyHanko's SimpleSigner parses it twice per signature."""

    kind = "key_file"
    at_once = 0  # one by one: nothing is gained by preparing them all before
    shared = True  # several threads may sign with it

    def __init__(self, *, key, cert, chain=()):
        store = SimpleCertificateStore()
        store.register_multiple([*chain, cert])
        super().__init__(signing_cert=cert, cert_registry=store, embed_roots=False)
        self.chain = list(chain)
        self._key = key

    async def async_sign_raw(self, data, digest_algorithm, dry_run=False):
        if dry_run:
            return bytes(self._key.key_size // 8 if isinstance(self._key, rsa.RSAPrivateKey) else 144)
        algorithm = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}[digest_algorithm]()
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), algorithm)
        return self._key.sign(data, ec.ECDSA(algorithm))

    def sign_each(self, items):
        """Raw signatures (SHA-256) of these bytes, one after the other."""
        for item in items:
            yield asyncio.run(self.async_sign_raw(item, "sha256"))

    def close(self):
        """Forget the key."""
        self._key = None


class _QuietWriter(IncrementalPdfFileWriter):
    """Adds the signature and nothing else: pyHanko would also rewrite Producer and the XMP metadata of the document, and say of
    a document signed with an elliptic curve that it is a PDF 2.0, which no PDF/A-2 is (ISO 19005-2, 6.1.2)."""

    def _update_meta(self):
        pass

    def ensure_output_version(self, version):
        return super().ensure_output_version(min(version, (1, 7)))

    def register_extension(self, ext):
        return super().register_extension(ext) if self.output_version >= (2, 0) or ext.base_version != "/2.0" else None


@dataclass(frozen=True, kw_only=True)
class SignatureRequest:
    """What the signature says besides the bytes."""

    name: str = ""
    reason: str = ""
    location: str = ""
    tsa_url: str = ""
    tsa_timeout: int = 10
    max_bytes: int = MAX_BYTES
    mark: marks.Mark | None = None
    level: str = ""  # B-LT and B-LTA embed what proves the certificates good: they want anchors, CRLs and a timestamp
    anchors: tuple = ()
    crls: tuple = ()


def load_key_file(data, password):
    """Parse a PKCS#12 file. The password only lives in the caller's memory."""
    try:
        key, cert, others = pkcs12.load_key_and_certificates(data, password.encode() if password else None)
    except Exception as error:  # ValueError for a wrong password, others for a malformed file
        raise FirmaError("key_file", "Wrong password, or not a key file.") from error.with_traceback(None)
    if key is None or cert is None:
        raise FirmaError("key_file", "The key file holds no key with its certificate.")
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise FirmaError("key_file", "The key's algorithm is not supported.")
    return KeyFileSigner(
        key=key,
        cert=translate_pyca_cryptography_cert_to_asn1(cert),
        chain=[translate_pyca_cryptography_cert_to_asn1(item) for item in others],
    )


def check_certificate(cert, now=None):
    """Refuse a certificate that could not make a valid signature today."""
    now = now or datetime.now(timezone.utc)
    validity = cert["tbs_certificate"]["validity"]
    if now > validity["not_after"].native:
        raise FirmaError("certificate_expired", f"The certificate expired on {validity['not_after'].native:%d/%m/%Y}.")
    if now < validity["not_before"].native:
        raise FirmaError("certificate_not_yet", "The certificate is not valid yet.")
    if not identity.key_usage_ok(cert):
        raise FirmaError("key_usage", "The certificate's key usage lacks non-repudiation.")


def sign_pdf(data, signer, request=None):
    """Append one PAdES signature to `data` (B-T when a timestamp authority is given) and return the signed bytes."""
    request = request or SignatureRequest()
    pdf_signer, writer = open_signing(data, signer, request, timestamper(request), **_long_term(request))
    output = BytesIO()
    try:
        asyncio.run(pdf_signer.async_sign_pdf(writer, output=output, bytes_reserved=BYTES_RESERVED))
    except FirmaError:
        raise
    except Exception as error:  # pyHanko, the network and the parser each have their own families
        raise translated(error, request) from error
    return output.getvalue()


def open_signing(data, signer, request, stamper=None, **options):
    """pyHanko's signer and writer for one more signature on `data`, after every refusal that can come before."""
    check_certificate(signer.signing_cert)
    reader = check_signable(data, request.max_bytes)
    # what is written from here on was read strictly; pyHanko would refuse the two tables that Word writes in every file
    reader.strict = reader.strict and not reader.xrefs.hybrid_xrefs_present
    names = {name for name, _value, _field in enumerate_sig_fields(reader)}
    field = next(f"Firma{n}" for n in range(1, len(names) + 2) if f"Firma{n}" not in names)
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=request.name or None,
        reason=request.reason or None,
        location=request.location or None,
        **options,
    )
    where = marks.place(reader, len(names)) if request.mark else None
    field_spec = SigFieldSpec(sig_field_name=field)
    if where:
        field_spec = SigFieldSpec(sig_field_name=field, on_page=where[0], box=where[1])
    pdf_signer = PdfSigner(
        metadata,
        signer,
        timestamper=stamper,
        new_field_spec=field_spec,
        stamp_style=marks.style(request.mark) if where else None,
    )
    return pdf_signer, _QuietWriter.from_reader(reader)


def timestamper(request):
    return Stamper(request.tsa_url, request.tsa_timeout) if request.tsa_url else None


def _long_term(request):
    """Settings of pyHanko for the levels that outlive the certificates: revocation is required, nothing is fetched."""
    if request.level not in ("B-LT", "B-LTA"):
        return {}
    if not (request.tsa_url and request.crls):
        raise FirmaError("long_term", "A long-term signature wants a timestamp authority and the revocation lists.")
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(pem.unarmor(item)[2]) for item in request.anchors],
        crls=[asn1_crl.CertificateList.load(item) for item in request.crls],
        allow_fetching=False,
        revocation_mode="require",
    )
    return {
        "embed_validation_info": True,
        "validation_context": context,
        "use_pades_lta": request.level == "B-LTA",
    }


def translated(error, request):
    """The refusal behind an error of pyHanko or of the network."""
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    if request.tsa_url and isinstance(error, (TimestampRequestError, OSError)):
        return FirmaError("timestamp", "The timestamp authority did not answer as it should.")
    return FirmaError("signing", f"The signature could not be made: {error}")
