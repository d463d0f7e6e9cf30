"""What embedded OCSP answers and CRLs say of a certificate. Nothing is fetched.

Every statement is checked (signed by the issuer or its delegate, about this very certificate) before it is believed;
one that cannot be checked counts as absent.
"""

import datetime as dt
from dataclasses import dataclass

from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from . import algorithms
from .chain import outside

MAX_STATEMENTS = 200
_TOLERANCE = dt.timedelta(minutes=5)
_UNSAID = dt.timedelta(days=1)  # how long a statement is good that does not say when the next one comes
_HOLD = "certificate_hold"


@dataclass(frozen=True)
class Statement:
    """One believable statement about one certificate."""

    revoked: bool
    issued: dt.datetime
    until: dt.datetime | None
    source: str
    revoked_at: dt.datetime | None = None
    reason: str = ""

    @property
    def on_hold(self):
        return self.reason == _HOLD


@dataclass(frozen=True)
class Status:
    """`good`, `revoked`, `stale` (the statements are too old) or `not_checked`."""

    state: str
    statement: Statement | None = None


def status(cert, issuer, evidence, moment):
    """Status of a certificate at `moment` (the time proved for the signature, or the time of judgement)."""
    found = list(statements(cert, issuer, evidence))
    revoked = [item for item in found if item.revoked]
    if revoked:
        return Status("revoked", min(revoked, key=lambda item: item.revoked_at))
    expiry = cert["tbs_certificate"]["validity"]["not_after"].native
    # a CRL issued after the expiry may have dropped the certificate
    usable = [item for item in found if item.issued <= expiry + _TOLERANCE]
    fresh = [item for item in usable if (item.until or item.issued + _UNSAID) >= moment - _TOLERANCE]
    if fresh:
        return Status("good", max(fresh, key=lambda item: item.issued))
    return Status("stale", max(usable, key=lambda item: item.issued)) if usable else Status("not_checked")


def statements(cert, issuer, evidence):
    """Believable statements about `cert`, whose issuer is `issuer`."""
    for answer in evidence.ocsps[:MAX_STATEMENTS]:
        try:
            yield from _from_ocsp(answer, cert, issuer, evidence)
        except Exception:  # pylint: disable=broad-exception-caught # one that cannot be read says nothing
            continue
    for der in evidence.crls[:MAX_STATEMENTS]:
        try:
            yield from _from_crl(der, cert, issuer)
        except Exception:  # pylint: disable=broad-exception-caught # one that cannot be read says nothing
            continue


def _from_ocsp(der, cert, issuer, evidence):
    basic = basic_response(der)
    data = basic["tbs_response_data"]
    answers = [item for item in data["responses"] if _about(item["cert_id"], cert, issuer)]
    if not answers:
        return
    responder = _responder(basic, issuer, evidence)
    if responder is None or not algorithms.verify(
        responder.public_key.dump(), basic["signature_algorithm"], basic["signature"].native, data.dump()
    ):
        return
    for answer in answers:
        kind, value = answer["cert_status"].name, answer["cert_status"].chosen
        times = {"issued": answer["this_update"].native, "until": answer["next_update"].native, "source": "OCSP"}
        if kind == "good":
            yield Statement(False, **times)
        elif kind == "revoked":
            yield Statement(
                True,
                **times,
                revoked_at=value["revocation_time"].native,
                reason=value["revocation_reason"].native or "",
            )


def basic_response(der):
    """BasicOCSPResponse from the bytes of either form; ValueError when it holds none."""
    try:
        return asn1_ocsp.OCSPResponse.load(der, strict=True)["response_bytes"]["response"].parsed
    except (ValueError, KeyError, TypeError):
        basic = asn1_ocsp.BasicOCSPResponse.load(der, strict=True)
        return basic if basic["tbs_response_data"]["responses"] else None


def _about(cert_id, cert, issuer):
    algorithm = cert_id["hash_algorithm"]["algorithm"].native
    key = bytes(issuer.public_key["public_key"])
    return (
        cert_id["serial_number"].native == cert.serial_number
        and cert_id["issuer_name_hash"].native == algorithms.digest(algorithm, issuer.subject.dump())
        and cert_id["issuer_key_hash"].native == algorithms.digest(algorithm, key)
    )


def _responder(basic, issuer, evidence):
    """The issuer itself, or a certificate that it issued for answering (RFC 6960 4.2.2.2)."""
    data = basic["tbs_response_data"]
    wanted = data["responder_id"]
    embedded = [item for item in basic["certs"] or [] if isinstance(item, asn1_x509.Certificate)]
    for candidate in [issuer, *embedded, *evidence.certs]:
        if not _is(candidate, wanted):
            continue
        if candidate.sha256 == issuer.sha256:
            return candidate
        usage = candidate.extended_key_usage_value
        if (
            usage is not None
            and "ocsp_signing" in usage.native
            and candidate.issuer == issuer.subject
            and not outside(candidate, data["produced_at"].native)
            and algorithms.signed_by(candidate, issuer)
        ):
            return candidate
    return None


def _is(cert, responder_id):
    if responder_id.name == "by_name":
        return cert.subject == responder_id.chosen
    return cert.public_key.sha1 == responder_id.chosen.native


def _from_crl(der, cert, issuer):
    crl = x509.load_der_x509_crl(der)
    parsed = x509.load_der_x509_certificate(issuer.dump())
    if crl.issuer.public_bytes() != parsed.subject.public_bytes() or not _in_scope(crl, cert):
        return
    usage = issuer.key_usage_value
    if usage is not None and "crl_sign" not in usage.native:
        return
    if not crl.is_signature_valid(parsed.public_key()):
        return
    entry = crl.get_revoked_certificate_by_serial_number(cert.serial_number)
    times = {"issued": crl.last_update_utc, "until": crl.next_update_utc, "source": "CRL"}
    if entry is None:
        yield Statement(False, **times)
        return
    reason = _reason(entry)
    if reason != "remove_from_crl":
        yield Statement(True, **times, revoked_at=entry.revocation_date_utc, reason=reason)


def _reason(entry):
    try:
        flag = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return ""
    return _HOLD if flag is x509.ReasonFlags.certificate_hold else flag.name


def _in_scope(crl, cert):
    """Indirect and delta CRLs are not read; a partial one must be about this kind of certificate, all reasons."""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            return False
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                return False
            if (value.only_contains_user_certs and cert.ca) or (value.only_contains_ca_certs and not cert.ca):
                return False
            if value.full_name and not _points(cert) & {str(name.value) for name in value.full_name}:
                return False
        elif extension.critical:
            return False
    return True


def _points(cert):
    """Addresses of the certificate's CRL distribution points."""
    found = set()
    for point in cert.crl_distribution_points:
        name = point["distribution_point"]
        if name.name == "full_name":
            found |= {str(item.native) for item in name.chosen}
    return found
