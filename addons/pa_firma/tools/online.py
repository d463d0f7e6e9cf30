"""What to ask the authorities about a certificate, and whether an answer is one. Nothing is fetched here.

An answer is worth keeping only when `revocation` believes it; whoever verifies checks it again.
"""

import base64
import datetime as dt
import os

from asn1crypto import cms, core, ocsp, pem, x509

from . import algorithms, chain, identity, revocation
from .errors import FirmaError
from .trust import Evidence

MAX_ADDRESSES = 3
TOLERANCE = dt.timedelta(minutes=5)
OCSP_TYPE = "application/ocsp-request"


def ask(data, trust=(), at=None):
    """What is to be asked about a certificate; never raises on bad input.

    :param data: the certificate (DER)
    :param trust: certificates (DER) among which its issuer may be
    :return: {"error"} or {"name", "serial", "own" (its own issuer), "expired", "issuer" (its place in `trust`, or None),
        "ocsp", "crl", "issuers" (addresses), "request" (base64 of the OCSP request), "nonce" (hexadecimal)}
    """
    try:
        return _ask(x509.Certificate.load(data, strict=True), [x509.Certificate.load(item) for item in trust], at)
    except Exception as error:  # hostile certificates raise anything: nothing is asked
        return {"error": "malformed", "detail": f"The certificate cannot be read ({type(error).__name__})."}


def _ask(cert, pool, at):
    own = cert.subject == cert.issuer and algorithms.signed_by(cert, cert)
    named = [number for number, item in enumerate(pool) if item.subject == cert.issuer]
    issuer = next((number for number in named if algorithms.signed_by(cert, pool[number])), None)
    request, nonce = ocsp_request(cert, pool[issuer]) if issuer is not None else (b"", b"")
    return {
        "name": identity.signer_name(cert),
        "serial": format(cert.serial_number, "X"),
        "own": own,
        "expired": chain.outside(cert, at or dt.datetime.now(dt.timezone.utc)) > 0,
        "issuer": issuer,
        "request": base64.b64encode(request).decode(),
        "nonce": nonce.hex(),
        **addresses(cert),
    }


def addresses(cert):
    """Addresses inside a certificate: of who answers about it, of the revocation lists, of its issuer's certificate."""
    found = {"ocsp": [], "crl": [], "issuers": []}
    methods = {"ocsp": "ocsp", "ca_issuers": "issuers"}
    for item in cert.authority_information_access_value or []:
        kind, place = methods.get(item["access_method"].native), item["access_location"]
        if kind and place.name == "uniform_resource_identifier":
            found[kind].append(place.native)
    for point in cert.crl_distribution_points:
        name = point["distribution_point"]
        # one with reasons, or by another issuer, is not read by `revocation`
        if name.name == "full_name" and not point["reasons"].native and not point["crl_issuer"].native:
            found["crl"] += [str(item.native) for item in name.chosen if item.name == "uniform_resource_identifier"]
    web = {kind: [url for url in urls if url.lower().startswith(("http://", "https://"))] for kind, urls in found.items()}
    return {kind: list(dict.fromkeys(urls))[:MAX_ADDRESSES] for kind, urls in web.items()}


def ocsp_request(cert, issuer, *, with_nonce=True):
    """(OCSP request, nonce). SHA-1 names the issuer, as every responder understands; nothing rests on its strength."""
    nonce = os.urandom(16) if with_nonce else b""
    question = ocsp.TBSRequest({
        "request_list": [{
            "req_cert": {
                "hash_algorithm": {"algorithm": "sha1"},
                "issuer_name_hash": issuer.subject.sha1,
                "issuer_key_hash": issuer.public_key.sha1,
                "serial_number": cert.serial_number,
            }
        }],
    })  # fmt: skip
    if nonce:
        question["request_extensions"] = [{"extn_id": "nonce", "extn_value": core.OctetString(nonce)}]
    return ocsp.OCSPRequest({"tbs_request": question}).dump(), nonce


def told(data, cert, issuer, trust=(), nonce=b"", at=None):
    """What an answer (OCSP or CRL) says of a certificate; never raises on bad input.

    :param nonce: the nonce of the request: an answer without one is taken (most are made beforehand), with another is not
    :return: {"error"} or {"kind", "revoked", "hold", "this_update", "next_update"}
    """
    now = at or dt.datetime.now(dt.timezone.utc)
    try:
        return _told(data, x509.Certificate.load(cert), x509.Certificate.load(issuer), nonce, now)
    except FirmaError as error:
        return {"error": error.code, "detail": error.detail}
    except Exception as error:  # hostile answers raise anything: they are none
        return {"error": "malformed", "detail": f"The answer cannot be read ({type(error).__name__})."}


def _told(data, cert, issuer, nonce, now):
    kind = "crl" if _is_crl(data) else "ocsp"
    if kind == "ocsp":
        data = _checked_nonce(data, nonce)
    found = list(revocation.statements(cert, issuer, Evidence(**{kind + "s": [data]})))
    if not found:
        raise FirmaError("not_believed", "The answer does not come from the authority, or is about something else.")
    best = next((item for item in found if item.revoked), found[0])
    if best.issued > now + TOLERANCE:
        raise FirmaError("clock", "The answer comes from the future: is this server's clock right?")
    if best.until and best.until < now - TOLERANCE:
        raise FirmaError("stale", "The answer is too old.")
    return {
        "kind": kind,
        "revoked": best.revoked,
        "hold": best.on_hold,
        "this_update": best.issued.isoformat(),
        "next_update": best.until.isoformat() if best.until else None,
    }


def _is_crl(data):
    """A CRL's TBSCertList is a sequence inside the sequence; an OCSP answer begins with an enumeration."""
    try:
        return not ocsp.OCSPResponse.load(data, strict=True)["response_status"].native
    except (ValueError, TypeError, KeyError):
        return True


def _checked_nonce(data, nonce):
    status = ocsp.OCSPResponse.load(data, strict=True)["response_status"].native
    if status != "successful":
        raise FirmaError("refused", f"The authority does not answer ({status}).")
    extensions = revocation.basic_response(data)["tbs_response_data"]["response_extensions"]
    answered = [item["extn_value"].parsed.native for item in extensions or [] if item["extn_id"].native == "nonce"]
    if nonce and answered and answered != [nonce]:
        raise FirmaError("nonce", "The answer is to another question.")
    return data


def issuers(data, cert, trust=(), at=None):
    """{"certs": [base64 DER]}: among the certificates in these bytes, those that issued `cert`; never raises."""
    try:
        child = x509.Certificate.load(cert)
        found = [item for item in _certificates(data) if item.subject == child.issuer and algorithms.signed_by(child, item)]
        return {"certs": [base64.b64encode(item.dump()).decode() for item in found[:MAX_ADDRESSES]]}
    except Exception as error:  # hostile files raise anything: they hold none
        return {"error": "malformed", "detail": f"The certificate cannot be read ({type(error).__name__})."}


def _certificates(data):
    """A certificate, or a CMS that holds some (RFC 5280, 4.2.2.1), in DER or PEM."""
    if pem.detect(data):
        data = pem.unarmor(data)[2]
    try:
        cert = x509.Certificate.load(data, strict=True)
        return [cert] if cert["tbs_certificate"]["validity"].native else []
    except (ValueError, TypeError, KeyError):
        signed = cms.ContentInfo.load(data, strict=True)["content"]
        return [item.chosen for item in signed["certificates"] if item.name == "certificate"]
