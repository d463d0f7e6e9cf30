"""Who a certificate speaks of: codice fiscale, names, what it declares about itself."""

import re
import unicodedata

from asn1crypto import core

# Omocodia letters included (DM 23/12/1976): digits may be replaced by L M N P Q R S T U V.
_DIGIT = "[0-9LMNPQRSTUV]"
CODICE_FISCALE = re.compile(rf"[A-Z]{{6}}{_DIGIT}{{2}}[ABCDEHLMPRST]{_DIGIT}{{2}}[A-Z]{_DIGIT}{{3}}[A-Z]")
# ETSI EN 319 412-1 (TINIT-, PNOIT-) and the older Italian forms.
_PREFIXES = ("TINIT-", "PNOIT-", "CF:IT-", "CF:", "IT:", "IT-", "")
# What EN 319 412-1 (par. 5.1.4) writes before the number of a legal person.
_BODY_PREFIXES = ("VATIT-", "NTRIT-", "CF:IT-", "TINIT-", "IT:", "")

_OTHER_PURPOSES = {"time_stamping", "ocsp_signing", "server_auth", "code_signing"}
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}

OID_QC_COMPLIANCE = "0.4.0.1862.1.1"
OID_QC_SSCD = "0.4.0.1862.1.4"
OID_QC_TYPE = "0.4.0.1862.1.6"
QC_TYPES = {"0.4.0.1862.1.6.1": "esign", "0.4.0.1862.1.6.2": "eseal", "0.4.0.1862.1.6.3": "web"}
# qcp-n-qscd and qcp-l-qscd (EN 319 411-2), qcp-public-with-sscd (TS 101 456)
_QSCD_POLICIES = {"0.4.0.194112.1.2", "0.4.0.194112.1.3", "0.4.0.1456.1.1"}

# What said "qualified" before eIDAS (TS 101 456)
_OLD_POLICIES = {"0.4.0.1456.1.1": "qcp_plus", "0.4.0.1456.1.2": "qcp"}


def normalize_codice_fiscale(value):
    """Upper case without spaces; empty string when it is not a codice fiscale of a person (16 characters, or the 11 digits
    of a provisional one)."""
    text = re.sub(r"\s", "", value or "").upper()
    return text if CODICE_FISCALE.fullmatch(text) or numeric_code_ok(text) else ""


def numeric_code_ok(text):
    """Whether these are 11 digits with their right check digit (bodies, and people with a provisional codice fiscale)."""
    if not re.fullmatch("[0-9]{11}", text or "") or text == "0" * 11:
        return False
    doubled = [int(char) * 2 for char in text[1:10:2]]
    total = sum(int(char) for char in text[0:10:2]) + sum(value - 9 if value > 9 else value for value in doubled)
    return (10 - total % 10) % 10 == int(text[10])


def _from_serial_number(value):
    text = (value or "").strip().upper()
    for prefix in _PREFIXES:
        if text.startswith(prefix):
            found = normalize_codice_fiscale(text[len(prefix) :])
            # eleven bare digits may be the number of a card
            if found and (prefix or not found.isdigit()):
                return found
    return ""


def codice_fiscale(cert):
    """Codice fiscale in an asn1crypto certificate's subject, or an empty string.

    The subject's serialNumber decides; then the older Italian places, where the authority also wrote it: dnQualifier and
    a common name cut by slashes ("CF/identifier", "ROSSI/MARIO/CF/…"). Two different ones prove nothing.
    """
    subject = cert.subject.native
    places = (
        [_from_serial_number(value) for value in _many(subject.get("serial_number"))],
        [_from_serial_number(value) for value in _many(subject.get("dn_qualifier"))],
        [normalize_codice_fiscale(part) for value in _many(subject.get("common_name")) for part in _slashed(value)],
    )
    for place in places:
        found = set(place) - {""}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def organization_identifier(cert):
    """Subject's organizationIdentifier (2.5.4.97) as it is written, or an empty string."""
    values = _many(cert.subject.native.get("organization_identifier"))
    return shown(values[0].strip()) if values else ""


def body_code(cert):
    """Codice fiscale or VAT number (11 digits) of the legal person that the certificate names, or an empty string."""
    subject = cert.subject.native
    places = _many(subject.get("organization_identifier"))
    for value in places or (_many(subject.get("serial_number")) if is_seal(cert) else []):
        text = re.sub(r"\s", "", value).upper()
        for prefix in _BODY_PREFIXES:
            if text.startswith(prefix) and numeric_code_ok(text[len(prefix) :]):
                return text[len(prefix) :]
    return ""


def is_seal(cert):
    """Whether the certificate is of a legal person (eIDAS art. 3.29: an electronic seal), and so signs for nobody.

    Its declared type decides; without one, an organizationIdentifier with none of the names of a person.
    """
    types = set(qualified_statements(cert)["types"])
    if types & {"esign", "eseal"}:
        return "esign" not in types
    subject = cert.subject.native
    person = any(subject.get(name) for name in ("given_name", "surname", "pseudonym")) or codice_fiscale(cert)
    return bool(subject.get("organization_identifier")) and not person


def _slashed(value):
    return value.split("/") if "/" in value else []


def shown(text):
    """A text of somebody else's on one line: what would end the line, move what follows or command a terminal is replaced."""
    return "".join("\ufffd" if unicodedata.category(char) in _UNSEEN else char for char in text)


def signer_name(cert):
    subject = cert.subject.native
    for key in ("common_name", "pseudonym", "organization_name"):
        values = _many(subject.get(key))
        if values:
            return shown(values[0])
    return shown(cert.subject.human_friendly)


def readable_name(name):
    """A distinguished name as a person would say it: common name, organization, country."""
    values = [_many(name.native.get(key))[:1] for key in ("common_name", "organization_name", "country_name")]
    return shown(", ".join(dict.fromkeys(value for found in values for value in found)) or name.human_friendly)


def organization(cert):
    values = _many(cert.subject.native.get("organization_name"))
    return shown(values[0]) if values else ""


def key_usage_ok(cert):
    """True when the key usage extension is there and holds non-repudiation (content commitment), and the certificate is not
    kept for what has nothing to do with documents (RFC 5280, 4.2.1.12)."""
    usage, purposes = cert.key_usage_value, cert.extended_key_usage_value
    if purposes is not None and set(purposes.native) <= _OTHER_PURPOSES:
        return False
    return usage is not None and "non_repudiation" in usage.native


def declares_qualified(cert):
    """What the certificate says of itself (QcCompliance and QcSSCD): a claim until a trusted list confirms it."""
    declared = qualified_statements(cert)
    return declared["compliance"] and declared["qscd"]


def qualified_statements(cert):
    """QCStatements and certificate policies of ETSI EN 319 411-2/412-5, as the certificate declares them."""
    policies = {item["policy_identifier"].dotted for item in cert.certificate_policies_value or []}
    found = {
        "compliance": False,
        "qscd": bool(policies & _QSCD_POLICIES),
        "statement": False,  # QcSSCD by itself, whatever the policies say
        "policies": {name for oid, name in _OLD_POLICIES.items() if oid in policies},
        "types": [],
    }
    for extension in cert["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted != "1.3.6.1.5.5.7.1.3":
            continue
        for item in _statements(extension["extn_value"].parsed):
            oid = item["id"].dotted
            found["compliance"] |= oid == OID_QC_COMPLIANCE
            found["qscd"] |= oid == OID_QC_SSCD
            found["statement"] |= oid == OID_QC_SSCD
            if oid == OID_QC_TYPE:
                found["types"] += [QC_TYPES.get(kind.dotted, kind.dotted) for kind in _OidList.load(item["info"].dump())]
    return found


class _OidList(core.SequenceOf):
    _child_spec = core.ObjectIdentifier


class _QCStatement(core.Sequence):
    _fields = [("id", core.ObjectIdentifier), ("info", core.Any, {"optional": True})]


class _QCStatements(core.SequenceOf):
    _child_spec = _QCStatement


def _statements(raw):
    return _QCStatements.load(raw.dump())


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
        "codice_fiscale": "" if is_seal(cert) else codice_fiscale(cert),
        "seal": is_seal(cert),
        "body_code": body_code(cert),
        "issuer": readable_name(cert.issuer),
        "serial": format(cert.serial_number, "X"),
        "not_before": validity["not_before"].native.isoformat(),
        "not_after": validity["not_after"].native.isoformat(),
        "key_usage_ok": key_usage_ok(cert),
        "qualified_declared": declares_qualified(cert),
        "certificate_sha256": cert.sha256.hex(),
    }
