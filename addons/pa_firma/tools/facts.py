"""What a report is made of: the facts of one signature, its problems, the verdict that follows."""

VALID, NOT_VALID, UNDETERMINED = "valid", "not_valid", "undetermined"
SEVERITY = {VALID: 0, UNDETERMINED: 1, NOT_VALID: 2}


def blank(field, format_="unknown"):
    """Facts of a signature about which nothing is known yet; `None` means "not determined"."""
    return {
        "field": field,
        "format": format_,
        "level": "",
        "integrity": None,
        "covers_whole_file": None,
        "later_changes": None,
        "signer": "",
        "organization": "",
        "codice_fiscale": "",
        "seal": None,
        "body_code": "",
        "issuer": "",
        "serial": "",
        "not_before": None,
        "not_after": None,
        "certificate_sha256": "",
        "certificate_valid": None,
        "key_usage_ok": None,
        "qualified": None,
        "qualified_declared": None,
        "qualified_by": None,
        "qualified_service": None,
        "qualified_period": None,
        "qscd": None,
        "signing_time": None,
        "signature_policy": None,
        "timestamp": None,
        "timestamps": [],
        "proved_time": None,
        "digest_algorithm": "",
        "signature_algorithm": "",
        "signature_sha256": "",
        "revocation": "not_checked",
        "revocation_time": None,
        "signed_until": None,
        "revision": None,
        "warnings": [],
        "problems": [],
    }


def problem(facts, severity, code, detail):
    """A reason against the signature; it decides the verdict."""
    if (severity, code, detail) not in facts["problems"]:
        facts["problems"].append((severity, code, detail))


def warning(facts, code, detail):
    """A weakness to be told; it does not decide the verdict."""
    entry = {"code": code, "detail": detail}
    if entry not in facts["warnings"]:
        facts["warnings"].append(entry)


def settle(facts):
    """Set the signature's own verdict from its problems."""
    severities = {item[0] for item in facts["problems"]}
    facts["verdict"] = next((s for s in (NOT_VALID, UNDETERMINED) if s in severities), VALID)
    return facts


def reason(report, severity, code, detail):
    """Add a reason to the report and let the verdict sink to its severity."""
    report["reasons"].append({"code": code, "detail": detail})
    if SEVERITY[severity] > SEVERITY[report["verdict"]]:
        report["verdict"] = severity


def collect(report, signatures):
    """Put settled signatures in the report, their problems among its reasons and among their own."""
    for facts in signatures:
        if "verdict" not in facts:
            settle(facts)
        facts["reasons"] = [{"code": code, "detail": detail} for _severity, code, detail in facts["problems"]]
        for severity, code, detail in facts.pop("problems"):
            reason(report, severity, code, f"{facts['field']}: {detail}")
        report["signatures"].append(facts)
