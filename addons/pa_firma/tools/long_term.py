"""Makes a signed PDF, or .p7m, outlive its certificates: revocation data (B-LT), archive timestamps (B-LTA), their renewal.

What is added comes after the signatures, in revisions of its own, so it works whoever signed and however. Nothing is
fetched here but timestamps: the revocation data is given, and only what proves something is embedded.
"""

import asyncio
import contextlib
import datetime as dt
from dataclasses import dataclass
from io import BytesIO

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from . import algorithms, cms_reader, long_term_cms, pades, timestamp
from .errors import FirmaError
from .long_term_file import SignedFile, best_statement, name_of
from .stamper import Stamper
from .trust import Evidence
from .verify import make_trust, moment_of

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")
_PDF = b"%PDF-"
TIMESTAMP_ROOM = 24576  # hexadecimal digits


@dataclass(frozen=True)
class Stamp:
    """The last document timestamp: until when it holds, and on which algorithms it rests."""

    until: dt.datetime
    time: dt.datetime
    digest: str
    key: str


def certificates_to_prove(data, anchors=(), *, certs=(), lists=(), at=None):
    """DER certificates whose revocation data is to be fetched now; while their issuers are missing, just those at the ends.

    :param certs: DER of issuers that the file lacks
    """
    file = _file(data, {"certs": certs}, anchors, lists, at)
    try:
        proofs = file.proofs() if file.stamped else file.unstamped_proofs()
    except FirmaError as error:
        if error.code != "untrusted":
            raise
        wanted = file.ends()
    else:
        wanted = [
            item.cert for item in proofs if item.current or best_statement(item, file.own) is None
        ]
    return list(dict.fromkeys(cert.dump() for cert in wanted))


def embedded_certificates(data):
    """DER of every certificate that the file carries."""
    return [cert.dump() for cert in cms_reader.unique(_file(data, {}, (), (), None).all.certs)]


def last_stamp(data, anchors=(), *, lists=()):
    """The Stamp that keeps the whole file, or None when nothing was stamped after the last signature."""
    file = _file(data, {}, anchors, lists, None)
    return min((_stamp_of(file, cms) for cms in file.last()), key=lambda item: item.until, default=None)


def _stamp_of(file, cms):
    info = timestamp.tst_info(cms)
    when = info["gen_time"].native
    path = file.chain_of(cms, when, when, file.trust.for_time)
    cert = path.certs[0]
    return Stamp(
        until=min(
            item["tbs_certificate"]["validity"]["not_after"].native
            for item in path.certs[:-1] or path.certs
        ),
        time=when,
        digest=algorithms.name(info["message_imprint"]["hash_algorithm"]["algorithm"].native),
        key=f"{cert.public_key.algorithm} {cert.public_key.bit_size}",
    )


def weak(digest, key):
    """Why a timestamp on these algorithms no longer holds by today's judgement; empty when it does."""
    found = algorithms.weakness(digest)
    kind, _space, bits = (key or "").partition(" ")
    if not found and kind == "rsa" and bits.isdigit() and int(bits) < 2048:
        return f"RSA key of {bits} bits"
    return found[0] if found else ""


def obstacle(data):
    """Code of why nothing can be added to these bytes; empty for a signed PDF and for a .p7m that holds its document."""
    return "" if data.startswith(_PDF) else long_term_cms.obstacle(data)


def document_in(data, origin):
    """What the extended file must still be the signature of: the document in a .p7m, else what it was made from."""
    return origin if data.startswith(_PDF) else cms_reader.content(cms_reader.load(data))


def extend(data, evidence, anchors, level, tsa="", *, lists=(), at=None, timeout=10):
    """`data` with what `level` asks for every signature that it holds: a PDF gets revisions, a .p7m unsigned attributes.

    Given a B-LTA file it renews it: fresh revocation data of the last timestamp, and a new timestamp over everything.

    :param evidence: ``{"ocsps", "crls", "certs"}``, lists of DER
    :param anchors: PEM or DER; `lists`: TrustedList objects (`listed`)
    :param tsa: address of the RFC 3161 authority
    :raises FirmaError: ``revocation_missing``, ``revoked``, ``untrusted``, ``expired`` (the detail is whose certificate it is),
        ``timestamp``, ``no_authority``, …
    """
    if level not in LEVELS:
        raise FirmaError("level", f"{level} is not a level.")
    pdf, given = not data or data.startswith(_PDF), data
    stamp, store, archive = (_stamp, _embed, _stamp) if pdf else (long_term_cms.stamp, long_term_cms.store, long_term_cms.archive)
    if level != "B-B" and not _file(data, evidence, anchors, lists, at).stamped:
        data = stamp(data, _file(data, evidence, anchors, lists, at), tsa, timeout)
    if level in ("B-LT", "B-LTA"):
        file = _file(data, evidence, anchors, lists, at)
        data = store(data, file, *_settled(file))
    if level == "B-LTA":
        data = archive(data, _file(data, evidence, anchors, lists, at), tsa, timeout)
    if not pdf:
        long_term_cms.check_kept(given, data)
    return data


def _file(data, evidence, anchors, lists, at):
    given = Evidence(
        [x509.Certificate.load(der) for der in evidence.get("certs", ())],
        list(evidence.get("ocsps", ())),
        list(evidence.get("crls", ())),
    )
    form = SignedFile if not data or data.startswith(_PDF) else long_term_cms.SignedCms
    return form(data, given, make_trust(anchors, moment_of(at), lists))


def _settled(file):
    """(certificates of every chain, OCSP answers, CRLs): for each certificate the best statement that it was not revoked."""
    certs, ocsps, crls = {}, {}, {}
    for proof in file.proofs():
        der, kind = best_statement(proof, file.all) or (None, None)
        if der is None:
            raise FirmaError("revocation_missing", name_of(proof.cert))
        certs |= {proof.cert.sha256: proof.cert, proof.issuer.sha256: proof.issuer}
        (ocsps if kind == "ocsp" else crls)[der] = True
    return list(certs.values()), list({_whole(der): True for der in ocsps}), list(crls)


def _embed(data, file, certs, ocsps, crls):
    """What was settled, in the store of the PDF."""
    writer = pades._QuietWriter(BytesIO(data))
    before = {cert.sha256 for cert in file.own.certs}, set(file.own.ocsps), set(file.own.crls)
    if {cert.sha256 for cert in certs} <= before[0] and set(ocsps) <= before[1] and set(crls) <= before[2]:
        return data
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=certs,
        ocsps=[asn1_ocsp.OCSPResponse.load(der) for der in ocsps],
        crls=[asn1_crl.CertificateList.load(der) for der in crls],
    )
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def _whole(der):
    """An OCSPResponse, which is what a PDF stores, also when only its inner part was kept."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        if asn1_ocsp.OCSPResponse.load(der, strict=True)["response_bytes"].native is not None:
            return der
    inner = {"response_type": "basic_ocsp_response", "response": asn1_ocsp.BasicOCSPResponse.load(der)}
    return asn1_ocsp.OCSPResponse({"response_status": "successful", "response_bytes": inner}).dump()


def _stamp(data, file, tsa, timeout):
    """A document timestamp over everything that is there."""
    if not tsa:
        raise FirmaError("no_authority", "No timestamp authority is set.")
    name = next(f"Marca{n}" for n in range(1, len(file.names) + 2) if f"Marca{n}" not in file.names)
    stamper = PdfTimeStamper(Stamper(tsa, timeout), field_name=name)
    output = BytesIO()
    coroutine = stamper.async_timestamp_pdf(
        pades._QuietWriter(BytesIO(data)), "sha256", bytes_reserved=TIMESTAMP_ROOM, output=output
    )
    try:
        asyncio.run(coroutine)
    except (
        Exception
    ) as error:  # the network, the authority and the parser each have their own families
        raise FirmaError(
            "timestamp",
            f"The timestamp authority did not answer as it should ({type(error).__name__}).",
        ) from error
    return output.getvalue()
