"""CAdES signatures (.p7m attached, .p7s detached), B-B and B-T, with any of the signers."""

import asyncio

from asn1crypto import cms
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper

from . import cms_reader
from .errors import FirmaError
from .pades import SignatureRequest, check_certificate, translated


def sign_cms(data, signer, request=None, *, detached=False):
    """A CAdES signature of `data`, in DER: around it (.p7m), or beside it when `detached`.

    :raises FirmaError: empty or too large, certificate that cannot sign, no timestamp
    """
    request = request or SignatureRequest()
    check_certificate(signer.signing_cert)
    if not data:
        raise FirmaError("empty", "The file is empty.")
    if len(data) > request.max_bytes:
        raise FirmaError("too_large", "The file is too large.")
    stamper = RequestsHTTPTimeStamper(request.tsa_url, timeout=request.tsa_timeout) if request.tsa_url else None
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
    old = cms_reader.load(envelope)
    if old["encap_content_info"]["content_type"].dotted != cms_reader.OID_DATA:
        raise FirmaError("unsupported", "The envelope does not hold a document.")
    inside = cms_reader.content(old)
    data = inside if inside is not None else content
    if data is None:
        raise FirmaError("detached", "The signed document is not inside.")
    new = cms_reader.load(sign_cms(data, signer, request, detached=inside is None))
    mine = new["signer_infos"][0]
    if any(item["sid"].dump() == mine["sid"].dump() for item in old["signer_infos"]):
        raise FirmaError("already_signed", "This certificate already signed the document.")
    return _joined(old, new, inside).dump()


def _joined(old, new, inside):
    """One SignedData with the signatures of both; certificates and algorithms once each."""
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
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(fields)})


def _once(items):
    return list({item.dump(): item for item in items}.values())
