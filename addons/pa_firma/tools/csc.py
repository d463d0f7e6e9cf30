"""Signing with a remote qualified service: the Cloud Signature Consortium's API, versions 1.0.4 and 2.0.

The person's key is at the service. A PIN and a one-time code authorize at once the very digests that will be signed, and
nothing else (they are bound to the authorization). What is typed lives in the signer's memory until it is closed.
"""

import asyncio
import base64
import hashlib
import time
from dataclasses import dataclass, field

from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore
from requests.auth import HTTPBasicAuth

from . import identity, two_phase
from .csc_credential import parse
from .csc_http import Bearer, Channel
from .errors import FirmaError

SHA256 = "2.16.840.1.101.3.4.2.1"
PER_CALL = 50  # hashes in one signHash
_NAME, _CREDENTIALS = 200, 20  # characters of a credential's name, credentials that are looked at
_MARGIN = 5  # seconds before an authorization expires in which it is renewed
_LONGEST = 86400  # seconds of an authorization: who says more is not taken at his word
_PATIENCE = 90  # seconds for a person to confirm on the telephone, where the service asks it


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service, as the administrator configured it.

    :ivar url: of the API's version, such as https://service/csc/v1
    :ivar auth: how one gets in: `login` (the person's account and password), `client` (the body's own client), `none`
    """

    url: str
    version: str = "v1"
    auth: str = "login"
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token_url: str = ""
    per_call: int = PER_CALL
    seconds: int = 30


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What the person types to sign; never shown, stored or logged."""

    password: str = field(default="", repr=False)
    pin: str = field(default="", repr=False)
    otp: str = field(default="", repr=False)


class Client:
    """One conversation with a service."""

    def __init__(self, service):
        self.service = service
        self._v2 = service.version == "v2"
        self._channel = Channel(service.url, service.seconds)
        self._auth = Bearer()
        self._methods = None

    def enter(self, account="", password=""):
        """Get the token of the conversation, in the way that the service wants."""
        self._channel.secrets += [password, self.service.client_secret]
        if self.service.auth == "login":
            basic = HTTPBasicAuth(account.encode(), password.encode())
            self._channel.secrets.append(base64.b64encode(f"{account}:{password}".encode()).decode())
            _status, content = self._channel.post("auth/login", auth=basic, json={"rememberMe": False})
        elif self.service.auth == "client":
            form = {"grant_type": "client_credentials", "scope": "service", "client_id": self.service.client_id}
            form["client_secret"] = self.service.client_secret
            url = self.service.token_url or None
            _status, content = self._channel.post("oauth2/token", auth=Bearer(), url=url, data=form)
        else:
            return
        token = _text(content, "access_token")
        self._channel.secrets.append(token)
        self._auth = Bearer(token)

    def credentials(self, account=""):
        """Names of the credentials of a person (of this account, where the body itself got in)."""
        content = self._call("credentials/list", {"userID": account} if account and self.service.auth != "login" else {})
        names = content.get("credentialIDs")
        if not isinstance(names, list) or not all(map(self._is_name, names)):
            raise _unreadable()
        return names[:_CREDENTIALS]

    def _is_name(self, name):
        """Names are shown and kept: they are short, and nothing that was typed."""
        plain = isinstance(name, str) and 0 < len(name) <= _NAME and name.isprintable()
        return plain and not any(secret in name for secret in self._channel.secrets if secret)

    def credential(self, name):
        """What the service says of a credential, its certificates included."""
        asked = {"credentialID": name, "certificates": "chain", "certInfo": False, "authInfo": True}
        return parse(name, self._call("credentials/info", asked), self.service.version)

    def send_code(self, credential):
        """Have the service send the one-time code to the person."""
        if self._v2:
            self._call("credentials/getChallenge", {"credentialID": credential.name, "authObjectID": credential.otp_id})
        else:
            self._call("credentials/sendOTP", {"credentialID": credential.name})

    def authorize(self, credential, digests, secrets):
        """(SAD, monotonic time until which it is good) for these digests and no others."""
        self._channel.secrets += [secrets.pin, secrets.otp]
        asked = {"credentialID": credential.name, "numSignatures": len(digests), **self._hashes(digests)}
        if self._v2:
            asked["authData"] = credential.auth_data(secrets)
        else:
            asked |= credential.typed(secrets)
        status, content = self._post("credentials/authorize", asked)
        limit = time.monotonic() + _PATIENCE
        while status == 202:  # the person confirms elsewhere
            if time.monotonic() > limit:
                raise FirmaError("csc_timeout", "The signature was not confirmed in time.")
            time.sleep(1)
            status, content = self._post("credentials/authorizeCheck", {"handle": _text(content, "handle")})
        return self._sad(content)

    def extend(self, credential, digests, sad):
        """A new authorization after the present one, for the digests that follow; the same one where there is no such method."""
        if "credentials/extendTransaction" not in self.methods():
            return None
        asked = {"credentialID": credential.name, "SAD": sad, **self._hashes(digests)}
        return self._sad(self._call("credentials/extendTransaction", asked))

    def methods(self):
        """Names of the methods that the service says to have."""
        if self._methods is None:
            found = self._call("info", {}).get("methods")
            self._methods = found if isinstance(found, list) else []
        return self._methods

    def sign_hashes(self, credential, digests, sad):
        """Raw signatures of these digests, in order."""
        asked = {"credentialID": credential.name, "SAD": sad, **self._hashes(digests)}
        asked |= {"hashAlgorithmOID" if self._v2 else "hashAlgo": SHA256} | credential.algorithm()
        found = self._call("signatures/signHash", asked).get("signatures")
        if not isinstance(found, list) or len(found) != len(digests):
            raise FirmaError("csc_answer", "The signing service did not give one signature for each document.")
        try:
            return [base64.b64decode(text, validate=True) for text in found]
        except (ValueError, TypeError):
            raise _unreadable() from None

    def _hashes(self, digests):
        encoded = [base64.b64encode(digest).decode() for digest in digests]
        return {"hashes": encoded, "hashAlgorithmOID": SHA256} if self._v2 else {"hash": encoded}

    def _sad(self, content):
        sad, seconds = _text(content, "SAD"), content.get("expiresIn")
        self._channel.secrets.append(sad)
        good = isinstance(seconds, (int, float)) and seconds > 0
        return sad, time.monotonic() + (min(seconds, _LONGEST) if good else 3600)

    def _call(self, method, asked):
        return self._post(method, asked)[1]

    def _post(self, method, asked):
        return self._channel.post(method, auth=self._auth, json=asked)

    def close(self):
        self._auth = Bearer()
        self._channel.close()


def _text(content, name):
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise _unreadable()
    return value


def _unreadable():
    return FirmaError("csc_answer", "The signing service gave an answer that cannot be read.")


class RemoteSigner(Signer):
    """Signs with a credential of the service; one authorization for all that `sign_each` is given."""

    kind = "remote"
    shared = False  # one authorization, one conversation

    def __init__(self, *, client, credential, secrets):
        store = SimpleCertificateStore()
        store.register_multiple([*credential.chain, credential.certificate])
        super().__init__(
            signing_cert=credential.certificate,
            cert_registry=store,
            embed_roots=False,
            signature_mechanism=two_phase.pss_mechanism() if credential.pss else None,
        )
        self.chain = list(credential.chain)
        self.at_once = credential.multisign
        self._client, self._credential, self._secrets = client, credential, secrets

    def sign_each(self, items):
        """Raw signatures of these bytes, as they come; those that came stay good when a later one is refused."""
        digests = [hashlib.sha256(item).digest() for item in items]
        if len(digests) > self.at_once:
            raise FirmaError("csc_multisign", f"At most {self.at_once} signatures for one authorization.")
        if not digests:
            return
        self._credential.check_typed(self._secrets)
        sad, until = self._client.authorize(self._credential, digests, self._secrets)
        size = max(1, self._client.service.per_call)
        for start in range(0, len(digests), size):
            if start:
                sad, until = self._client.extend(self._credential, digests[start:], sad) or (sad, until)
            if time.monotonic() > until - (_MARGIN if start else 0):
                raise FirmaError("csc_expired", "The authorization has expired.")
            chunk = slice(start, start + size)
            for item, signature in zip(items[chunk], self._client.sign_hashes(self._credential, digests[chunk], sad), strict=True):
                two_phase.checked_signature(self.signing_cert, item, signature)
                yield signature

    def sign_many(self, items):
        """Raw signatures (SHA-256) of these bytes, in order."""
        return list(self.sign_each(items))

    async def async_sign_raw(self, data, digest_algorithm, dry_run=False):
        if dry_run:
            return bytes(512)
        if digest_algorithm != "sha256":
            raise FirmaError("csc_refused", "Only SHA-256 is asked of the service.")
        [signature] = await asyncio.to_thread(self.sign_many, [data])
        return signature

    def close(self):
        """Forget what was typed."""
        self._secrets = None
        self._client.close()


def open_remote(service, account, name, secrets, certificate_sha256=""):
    """The signer of a credential. Nothing is spent yet: PIN and code go to the service when something is signed.

    :raises FirmaError: no entry, no such credential, disabled, or its certificate is not the one that was enrolled
    """
    client = Client(service)
    try:
        client.enter(account, secrets.password)
        credential = client.credential(name)
        if certificate_sha256 and credential.certificate.sha256.hex() != certificate_sha256:
            raise FirmaError("csc_certificate", "The service now has another certificate for this credential.")
        return RemoteSigner(client=client, credential=credential, secrets=secrets)
    except BaseException:
        client.close()
        raise


def find_credential(service, account, password, name="", suits=None):
    """The credential of an account: the one named, else the only one that can sign and whose certificate `suits`."""
    client = Client(service)
    try:
        client.enter(account, password)
        if name:
            return client.credential(name)
        found = [item for item in map(client.credential, client.credentials(account)) if _usable(item, suits)]
    finally:
        client.close()
    if not found:
        raise FirmaError("csc_none", "The account holds no such signing certificate.")
    if len(found) > 1:
        raise FirmaError("csc_many", ", ".join(item.name for item in found))
    return found[0]


def _usable(credential, suits):
    cert = credential.certificate
    return credential.enabled and identity.key_usage_ok(cert) and (suits is None or suits(cert))
