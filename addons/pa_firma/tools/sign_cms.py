"""CAdES signatures (.p7m attached, .p7s detached), B-B and B-T, with any of the signers."""

import asyncio

from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper

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
