"""What the training service does with a person's PIN, code and key (its other half is csc_service)."""

import base64
import secrets
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

_SHA256 = "2.16.840.1.101.3.4.2.1"
_WRONG_BEFORE_LOCK = 3
PLAIN = {"rsa": "1.2.840.113549.1.1.1", "ec": "1.2.840.10045.2.1"}
NAMED = {"rsa": "1.2.840.113549.1.1.11", "ec": "1.2.840.10045.4.3.2"}
_PSS = "1.2.840.113549.1.1.10"


class Refused(Exception):
    """An answer that is not 200."""

    def __init__(self, status, error="", description="", **headers):
        super().__init__(error)
        self.status, self.headers = status, headers
        self.content = {"error": error, "error_description": description} if error else None


@dataclass
class Account:
    """A person at the service, with one credential.

    :ivar otp: `online` (sent when asked, good once), `offline` (a device shows `code`), or empty
    """

    name: str
    password: str
    pin: str
    key: object
    certificates: list
    otp: str = "online"
    code: str = ""
    multisign: int = 10
    algorithms: list = None
    disabled: bool = False
    wrong: int = 0
    confirmed: bool = True  # False: the authorization stays under way until it becomes True (version 2)
    codes: list = field(default_factory=list)

    @property
    def kind(self):
        return "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ec"

    @property
    def credential(self):
        return "CRED-" + self.name


class Authorizations:
    """Who may sign which digests, until when; and the signing. `authorizations` counts the spent PINs and codes."""

    def __init__(self, sad_seconds):
        self.authorizations, self.sad_seconds, self._sads = 0, sad_seconds, {}

    def _authorize(self, version, content, account):
        count, digests = content.get("numSignatures"), content.get("hashes" if version == "v2" else "hash")
        if not isinstance(count, int) or count < 1 or not isinstance(digests, list) or len(digests) != count:
            raise Refused(400, "invalid_request", "Invalid value for parameter numSignatures")
        if count > account.multisign:
            raise Refused(400, "invalid_request", "Numbers of signatures is too high")
        if version == "v2":
            if content.get("hashAlgorithmOID") != _SHA256:
                raise Refused(400, "invalid_request", "Invalid parameter hashAlgorithmOID")
            data = {item["id"]: item.get("value") for item in content.get("authData") or []}
            self._check_factors(account, data.get("PIN"), data.get("CODE"), "invalid_authentication_data")
        else:
            self._check_factors(account, content.get("PIN"), content.get("OTP"))
        self.authorizations += 1
        if not account.confirmed:
            self._sads["waiting"] = (account, digests)
            return 202, {"handle": "waiting"}
        return 200, self._new_sad(account, digests)

    def _check_factors(self, account, pin, code, error=""):
        if account.wrong >= _WRONG_BEFORE_LOCK or account.disabled:
            raise Refused(400, "invalid_request", "Credential locked" if account.wrong else "The credential is disabled")
        if pin != account.pin:
            account.wrong += 1
            raise Refused(400, error or "invalid_pin", f"The PIN {pin} is invalid")  # rude services do echo it
        good = {"": True, "offline": code == account.code, "online": code in account.codes}[account.otp]
        if not good:
            raise Refused(400, error or "invalid_otp", f"The OTP {code} is invalid")
        account.codes.clear()  # good once
        account.wrong = 0

    def _check(self, _version, content, _account):
        account, digests = self._sads[content["handle"]]
        return (200, self._new_sad(account, digests)) if account.confirmed else (202, {"handle": content["handle"]})

    def _new_sad(self, account, digests):
        sad = secrets.token_urlsafe(16)
        self._sads[sad] = (account, list(digests), time.monotonic() + self.sad_seconds)
        return {"SAD": sad, "expiresIn": self.sad_seconds}

    def _use_sad(self, content, account):
        owner, digests, until = self._sads.get(content.get("SAD"), (None, [], 0))
        if owner is not account:
            raise Refused(400, "invalid_request", "Invalid parameter SAD")
        if time.monotonic() > until:
            raise Refused(400, "invalid_request", "SAD expired")
        return digests

    def _extend(self, version, content, account):
        left = self._use_sad(content, account)
        wanted = content.get("hashes" if version == "v2" else "hash") or []
        if not set(wanted) <= set(left):
            raise Refused(400, "invalid_request", "Hash is not authorized by the SAD")
        return 200, self._new_sad(account, wanted)

    def _sign(self, version, content, account):
        left = self._use_sad(content, account)
        digests = content.get("hashes" if version == "v2" else "hash")
        algorithm = content.get("hashAlgorithmOID" if version == "v2" else "hashAlgo")
        if not digests or not set(digests) <= set(left):
            raise Refused(400, "invalid_request", "Hash is not authorized by the SAD")
        if algorithm != _SHA256 or content.get("signAlgo") not in (*PLAIN.values(), *NAMED.values(), _PSS):
            raise Refused(400, "invalid_request", "Invalid parameter signAlgo")
        if content["signAlgo"] == _PSS and not content.get("signAlgoParams"):
            raise Refused(400, "invalid_request", "Missing string parameter signAlgoParams")
        for digest in digests:
            left.remove(digest)
        return 200, {"signatures": [self._signature(account, digest, content["signAlgo"]) for digest in digests]}

    def _signature(self, account, digest, algorithm):
        raw, prehashed = base64.b64decode(digest), utils.Prehashed(hashes.SHA256())
        if account.kind == "ec":
            return base64.b64encode(account.key.sign(raw, ec.ECDSA(prehashed))).decode()
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if algorithm == _PSS else padding.PKCS1v15()
        return base64.b64encode(account.key.sign(raw, scheme, prehashed)).decode()
