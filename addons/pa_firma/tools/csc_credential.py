"""What a remote service says of a credential, and what it wants of the person, in the words of both versions."""

import base64
from dataclasses import dataclass

from asn1crypto import x509

from . import certificates, two_phase
from .errors import FirmaError

_RSA = ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10")  # PKCS#1 v1.5 named or plain, PSS
_EC = ("1.2.840.10045.4.3.2", "1.2.840.10045.2.1")
_PSS = _RSA[-1]
_PSS_PARAMETERS = base64.b64encode(two_phase.pss_parameters().dump()).decode()
_OUT_OF_BAND = ("PasswordOOB", "ChallengeResponseOOB")


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A key at the service.

    :ivar multisign: how many signatures one authorization gives
    :ivar otp: how the one-time code comes: `online` (the service sends it when asked), `offline`, or empty when there is none
    :ivar pin_id: names by which the second version calls them (`pin_id`, `otp_id`)
    :ivar elsewhere: names of what the person confirms on another device
    """

    name: str
    certificate: x509.Certificate
    chain: tuple = ()
    algorithms: tuple = ()
    multisign: int = 1
    enabled: bool = True
    pin: bool = False
    otp: str = ""
    pin_id: str = "PIN"
    otp_id: str = "OTP"
    elsewhere: tuple = ()
    optional: bool = False  # one of them may do without the others

    def check_typed(self, secrets):
        """Refuse before the service counts a wrong attempt."""
        if not self.enabled:
            raise FirmaError("csc_disabled", "The service says that this credential is disabled.")
        if self.optional and (secrets.pin or secrets.otp):
            return
        if self.pin and not secrets.pin:
            raise FirmaError("csc_pin_missing", "Write the PIN.")
        if self.otp and not secrets.otp:
            raise FirmaError("csc_otp_missing", "Write the one-time code.")

    def typed(self, secrets):
        """What was typed, as version 1 wants it."""
        asked = {"PIN": secrets.pin if self.pin else "", "OTP": secrets.otp if self.otp else ""}
        return {name: value for name, value in asked.items() if value}

    def auth_data(self, secrets):
        """What was typed, as version 2 wants it."""
        names = {"PIN": self.pin_id, "OTP": self.otp_id}
        found = [{"id": names[name], "value": value} for name, value in self.typed(secrets).items()]
        return found + [{"id": name} for name in self.elsewhere]

    @property
    def pss(self):
        """Whether this key signs in RSASSA-PSS only."""
        return self.certificate.public_key.algorithm == "rsa" and self.algorithm()["signAlgo"] == _PSS

    def algorithm(self):
        """The signature algorithm to ask for, with its parameters."""
        wanted = _RSA if self.certificate.public_key.algorithm == "rsa" else _EC
        chosen = next((oid for oid in wanted if oid in self.algorithms), None)
        if chosen is None:
            raise FirmaError("csc_algorithm", "The service has no signature algorithm that can be used.")
        return {"signAlgo": chosen, "signAlgoParams": _PSS_PARAMETERS} if chosen == _PSS else {"signAlgo": chosen}


def parse(name, content, version):
    """The credential in an answer of credentials/info.

    :raises FirmaError: the answer cannot be read, or the credential is authorized in a way that is not possible here
    """
    try:
        certs = [certificates.load_base64(item) for item in content["cert"]["certificates"][:10]]
        key, multisign = content["key"], int(content.get("multisign") or 1)
        asks = _asks_v2(content["auth"]) if version == "v2" else _asks_v1(content)
        return Credential(
            name=name,
            certificate=certs[0],
            chain=tuple(certs[1:]),
            algorithms=tuple(str(oid) for oid in key["algo"]),
            multisign=max(1, multisign),
            enabled=key.get("status") != "disabled",
            **asks,
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError):
        raise FirmaError("csc_answer", "The signing service gave an answer that cannot be read.") from None


def _asks_v1(content):
    mode = content.get("authMode")
    if mode == "implicit":
        return {}
    if mode != "explicit":
        raise FirmaError("csc_mode", "This credential is authorized in the service's own pages.")
    otp = content.get("OTP") or {}
    kind = ("offline" if otp.get("type") == "offline" else "online") if _present(otp) else ""
    return {"pin": _present(content.get("PIN") or {}), "otp": kind}


def _present(description):
    return str(description.get("presence")).lower() in ("true", "optional")


def _asks_v2(auth):
    if auth.get("mode") != "explicit":
        raise FirmaError("csc_mode", "This credential is authorized in the service's own pages.")
    expression = f" {auth.get('expression') or ''} ".upper()
    asks = {"optional": " OR " in expression or " XOR " in expression, "elsewhere": ()}
    for item in auth.get("objects") or []:
        asks |= _ask_v2(item, asks)
    return asks


def _ask_v2(item, asks):
    kind, name = item["type"], str(item["id"])
    if kind in _OUT_OF_BAND:
        return {"elsewhere": (*asks["elsewhere"], name)}
    if kind not in ("Password", "ChallengeResponse"):
        raise FirmaError("csc_mode", f"The service wants to be shown {kind}, which is not possible here.")
    code = kind == "ChallengeResponse" or item.get("generator") or "OTP" in name.upper()
    if ("otp" if code else "pin") in asks:  # more than one of a kind
        if asks["optional"]:
            return {}
        raise FirmaError("csc_mode", "The service wants more than a PIN and a code, which is not possible here.")
    if code:
        return {"otp": "online" if kind == "ChallengeResponse" else "offline", "otp_id": name}
    return {"pin": True, "pin_id": name}

