"""Who a certificate speaks of: codice fiscale, names, what it declares about itself."""

import re

# Omocodia letters included (DM 23/12/1976): digits may be replaced by L M N P Q R S T U V.
_DIGIT = "[0-9LMNPQRSTUV]"
CODICE_FISCALE = re.compile(rf"[A-Z]{{6}}{_DIGIT}{{2}}[ABCDEHLMPRST]{_DIGIT}{{2}}[A-Z]{_DIGIT}{{3}}[A-Z]")
# ETSI EN 319 412-1 (TINIT-, PNOIT-) and the older Italian forms.
_PREFIXES = ("TINIT-", "PNOIT-", "CF:IT-", "CF:", "IT:", "IT-", "")

OID_QC_COMPLIANCE = "0.4.0.1862.1.1"
OID_QC_SSCD = "0.4.0.1862.1.4"


def normalize_codice_fiscale(value):
    """Upper case without spaces; empty string when it is not a codice fiscale of a person."""
    text = re.sub(r"\s", "", value or "").upper()
    return text if CODICE_FISCALE.fullmatch(text) else ""


def _from_serial_number(value):
    text = (value or "").strip().upper()
    for prefix in _PREFIXES:
        if text.startswith(prefix):
            found = normalize_codice_fiscale(text[len(prefix) :])
            if found:
                return found
    return ""


def codice_fiscale(cert):
    """Codice fiscale in an asn1crypto certificate's subject, or an empty string.

    Only the subject's serialNumber counts, then the old "CF/identifier" common name: a free text elsewhere proves nothing.
    """
    subject = cert.subject.native
    found = {_from_serial_number(value) for value in _many(subject.get("serial_number"))} - {""}
    if len(found) == 1:
        return found.pop()
    if not found:
        for value in _many(subject.get("common_name")):
            head = value.split("/")[0]
            if "/" in value and normalize_codice_fiscale(head):
                return normalize_codice_fiscale(head)
    return ""


def signer_name(cert):
    subject = cert.subject.native
    for key in ("common_name", "pseudonym", "organization_name"):
        values = _many(subject.get(key))
        if values:
            return values[0]
    return cert.subject.human_friendly


def organization(cert):
    values = _many(cert.subject.native.get("organization_name"))
    return values[0] if values else ""


def key_usage_ok(cert):
    """True when the key usage extension is there and holds non-repudiation (content commitment)."""
    usage = cert.key_usage_value
    return usage is not None and "non_repudiation" in usage.native


def declares_qualified(cert):
    """What the certificate says of itself (QcCompliance and QcSSCD): a claim until a trusted list confirms it."""
    for extension in cert["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted == "1.3.6.1.5.5.7.1.3":
            raw = extension["extn_value"].parsed
            oids = {item[0].dotted for item in _statements(raw)}
            return {OID_QC_COMPLIANCE, OID_QC_SSCD} <= oids
    return False


def _statements(raw):
    from asn1crypto import core

    class QCStatement(core.Sequence):
        _fields = [("id", core.ObjectIdentifier), ("info", core.Any, {"optional": True})]

    class QCStatements(core.SequenceOf):
        _child_spec = QCStatement

    return QCStatements.load(raw.dump())


def _many(value):
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def describe_certificate(cert):
    """The facts of a certificate that the interface stores and shows (JSON-ready)."""
    validity = cert["tbs_certificate"]["validity"]
    return {
        "signer": signer_name(cert),
        "organization": organization(cert),
        "codice_fiscale": codice_fiscale(cert),
        "issuer": cert.issuer.human_friendly,
        "serial": format(cert.serial_number, "X"),
        "not_before": validity["not_before"].native.isoformat(),
        "not_after": validity["not_after"].native.isoformat(),
        "key_usage_ok": key_usage_ok(cert),
        "qualified_declared": declares_qualified(cert),
        "certificate_sha256": cert.sha256.hex(),
    }
