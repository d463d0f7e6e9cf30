"""PDFs written anew, added to or signed by other programs, which check nothing."""

from io import BytesIO

import pikepdf
from pa_firma_tools.pki import demo_codice_fiscale
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore


def rewritten(pdf, change):
    with pikepdf.open(BytesIO(pdf)) as document:
        change(document)
        out = BytesIO()
        document.save(out)
        return out.getvalue()


def increment(data, change):
    """An incremental update by another program."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def naive_sign(data, pki, **meta):
    """Bare pyHanko signature, which checks nothing."""
    from cryptography.hazmat.primitives.serialization import pkcs12

    blob = pki.issue("Mario Rossi", demo_codice_fiscale("Rossi", "Mario"), "x", **meta.pop("issue", {}))
    key, cert, _more = pkcs12.load_key_and_certificates(blob, b"x")
    signer = SimpleSigner(
        signing_cert=signers.pdf_cms.translate_pyca_cryptography_cert_to_asn1(cert),
        signing_key=signers.pdf_cms.translate_pyca_cryptography_key_to_asn1(key),
        cert_registry=SimpleCertificateStore(),
    )
    settings = PdfSignatureMetadata(
        field_name="S1", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES,
        signer_key_usage=set(), **meta,
    )  # fmt: skip
    return signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(data)), settings, signer=signer).getvalue()
