"""Indications and sub-indications of ETSI EN 319 102-1 (5.1.3, tables 5 and 6) for what the verification found.

The standard pairs them: a signature fails totally by its format, a digest, its value, or a proof that the certificate was
revoked or out of its time; everything else, a revocation without a proof of time too, leaves it indeterminate.
"""

import datetime as dt

_FAILED, _INDETERMINATE = "total-failed", "indeterminate"
_MAIN = {"valid": "total-passed", "not_valid": _FAILED, "undetermined": _INDETERMINATE}
_GENERIC = {_FAILED: "FORMAT_FAILURE", _INDETERMINATE: "GENERIC"}
_BY_CODE = {
    "altered": (_FAILED, "HASH_FAILURE"),
    "changed": (_FAILED, "HASH_FAILURE"),
    "other_document": (_FAILED, "HASH_FAILURE"),
    "cryptography": (_FAILED, "SIG_CRYPTO_FAILURE"),
    "certificate_mismatch": (_INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND"),
    "no_certificate": (_INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND"),
    "detached": (_INDETERMINATE, "SIGNED_DATA_NOT_FOUND"),
    "key_usage": (_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    "not_baseline": (_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    "untrusted": (_INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND"),
}


def of(verdict, reasons, facts=None):
    """(main indication, sub-indications) as the last words of their URIs.

    :param reasons: [{"code", "detail"}] of the verdict
    :param facts: the signature, when they are of one
    """
    if verdict == "valid":
        return _MAIN[verdict], []
    pairs = [_pair(item, facts or {}) for item in reasons]
    for main in (_FAILED, _INDETERMINATE):
        names = dict.fromkeys(name for found, name in filter(None, pairs) if found == main)
        if main == _FAILED and not names and verdict == "not_valid" and (None in pairs or not pairs):
            names = {_GENERIC[_FAILED]: None}
        if names:
            return main, list(names)
    main = _MAIN[verdict]
    return main, [_GENERIC[main]]


def _pair(item, facts):
    """(main indication, sub-indication) of one reason; None for one that the standard has no name for."""
    code, proved = item["code"], facts.get("proved_time")
    if code == "expired":
        return (_FAILED, _out_of_time(facts, proved)) if proved else (_INDETERMINATE, "OUT_OF_BOUNDS_NO_POE")
    if code == "revoked":
        return _revoked(item["detail"], proved)
    if code == "weak_algorithm":
        return _INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE" + ("" if proved else "_NO_POE")
    return _BY_CODE.get(code)


def _out_of_time(facts, proved):
    begins = facts.get("not_before")
    before = begins and dt.datetime.fromisoformat(proved) < dt.datetime.fromisoformat(begins)
    return "NOT_YET_VALID" if before else "EXPIRED"


def _revoked(detail, proved):
    if " is suspended " in detail and not proved:
        return _INDETERMINATE, "TRY_LATER"
    if "the authority " in detail:
        return _INDETERMINATE, "REVOKED_CA_NO_POE"
    return (_FAILED, "REVOKED") if proved else (_INDETERMINATE, "REVOKED_NO_POE")
