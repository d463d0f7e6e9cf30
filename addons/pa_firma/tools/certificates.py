"""Certificates as they come from cards, services and files."""

import base64
import binascii

from asn1crypto import pem, x509

from .errors import FirmaError

_MAX = 64 * 1024


def load_der(raw):
    """A certificate wholly parsed (asn1crypto would wait until a field is asked); FirmaError for anything else."""
    if not isinstance(raw, bytes) or not 0 < len(raw) <= _MAX:
        raise FirmaError("certificate", "The certificate cannot be read.")
    try:
        cert = x509.Certificate.load(raw, strict=True)
        if cert.native:  # parses everything
            return cert
    except Exception as error:  # whatever a parser says of hostile bytes
        raise FirmaError("certificate", "The certificate cannot be read.") from error.with_traceback(None)
    raise FirmaError("certificate", "The certificate cannot be read.")


def load_base64(text):
    try:
        return load_der(base64.b64decode(text or "", validate=True))
    except (binascii.Error, ValueError, TypeError) as error:
        raise FirmaError("certificate", "The certificate cannot be read.") from error


def load_pem(text):
    """The first certificate of a PEM text."""
    return load_pems(text)[0]


def load_pems(text):
    """All the certificates of a PEM text, in order."""
    return [load_der(raw) for _kind, _headers, raw in pem.unarmor(text.encode(), multiple=True)] if text else []
