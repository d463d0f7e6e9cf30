"""CAdES signatures (.p7m attached, .p7s detached), B-B and B-T, with any of the signers."""

import asyncio

from asn1crypto import cms

from . import cms_reader
from .cms_signer import find_certificate
from .errors import FirmaError
from .pades import SignatureRequest, check_certificate, translated
from .stamper import Stamper


def sign_cms(data, signer, request=None, *, detached=False):
    """A CAdES signature of `data`, in DER: around it (.p7m), or beside it when `detached`.

    :raises FirmaError: empty or too large, certificate that cannot sign, no timestamp
    """
    request = request or SignatureRequest()
    check_certificate(signer.signing_cert)
    covered(None, data, signer.signing_cert, request)
    stamper = Stamper(request.tsa_url, request.tsa_timeout) if request.tsa_url else None
    coroutine = signer.async_sign_general_data(
        data, digest_algorithm="sha256", detached=detached, use_cades=True, timestamper=stamper
    )
    try:
        return asyncio.run(coroutine).dump()
    except FirmaError:
        raise
    except Exception as error:  # as in pades: pyHanko and the network each have their own families
        raise translated(error, request) from error


def add_signer(envelope, signer, request=None, *, content=None):
    """`envelope` (DER or BER) with one more signature beside those that it holds, which stay as they are.

    :param content: what was signed, when it is not inside
    :raises FirmaError: it holds something else than data, it is already signed with this certificate, and as `sign_cms`
    """
    data = covered(envelope, b"", signer.signing_cert, request or SignatureRequest(), content)
    detached = cms_reader.content(cms_reader.load(envelope)) is None
    return joined(envelope, sign_cms(data, signer, request, detached=detached))


def covered(envelope, data, cert, request, content=None):
    """The bytes that one more signature with this certificate covers: those of the envelope when there is one, else `data`."""
    if envelope is not None:
        data = _inside(envelope, cert, content)
    if not data:
        raise FirmaError("empty", "The file is empty.")
    if len(data) > request.max_bytes:
        raise FirmaError("too_large", "The file is too large.")
    return data


def _inside(envelope, cert, content):
    old = cms_reader.load(envelope)
    if old["encap_content_info"]["content_type"].dotted != cms_reader.OID_DATA:
        raise FirmaError("unsupported", "The envelope does not hold a document.")
    known = cms_reader.certificates(old)
    if any((item := find_certificate(signer, known)) and item.sha256 == cert.sha256 for signer in old["signer_infos"]):
        raise FirmaError("already_signed", "This certificate already signed the document.")
    inside = cms_reader.content(old)
    if inside is None and content is None:
        raise FirmaError("detached", "The signed document is not inside.")
    return inside if inside is not None else content


def joined(envelope, added):
    """One SignedData, in DER, with the signatures of both; certificates and algorithms once each."""
    old, new = cms_reader.load(envelope), cms_reader.load(added)
    inside = cms_reader.content(old)
    merged = {name: _once([*(old[name] or []), *(new[name] or [])]) for name in ("digest_algorithms", "certificates")}
    encapsulated = {"content_type": "data"} | ({"content": inside} if inside is not None else {})
    fields = {
        "version": "v1" if all(item.name == "certificate" for item in merged["certificates"]) else "v3",
        "encap_content_info": encapsulated,
        "signer_infos": [*old["signer_infos"], *new["signer_infos"]],
        **merged,
    }
    if old["version"].native in ("v3", "v4", "v5"):
        fields["version"] = old["version"].native
    if len(old["crls"] or []):
        fields["crls"] = old["crls"]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(fields)}).dump()


def _once(items):
    return list({item.dump(): item for item in items}.values())
