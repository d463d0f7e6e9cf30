"""Detached timestamps (.tsr, RFC 3161) of any file."""

import asyncio
import hashlib

from . import timestamp
from .errors import FirmaError
from .stamper import Stamper


def make_timestamp(data, url, timeout=10):
    """The authority's answer for these bytes, in DER: it grants, it is of these bytes, it repeats the number asked with.

    Whether the authority is trusted is for the verification to say.

    :raises FirmaError: empty, or the authority did not answer as it should
    """
    if not data:
        raise FirmaError("empty", "The file is empty.")
    if not url:
        raise FirmaError("no_authority", "No timestamp authority is configured.")
    digest = hashlib.sha256(data).digest()
    stamper = Stamper(url, timeout)
    nonce, request = stamper.request_cms(digest, "sha256")
    try:
        response = asyncio.run(stamper.async_request_tsa_response(request))
        raw = response.dump()
        info = timestamp.tst_info(timestamp.load_token(raw))
        answered, asked = info["nonce"].native, request["nonce"].native
        stamped = info["message_imprint"]["hashed_message"].native
    except Exception as error:  # pyHanko and the network each have their own families
        raise FirmaError("timestamp", "The timestamp authority did not answer as it should.") from error
    if nonce is None or answered != asked or stamped != digest:
        raise FirmaError("timestamp", "The timestamp is the answer to another question.")
    return raw
