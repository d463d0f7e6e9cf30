import base64
import os
from contextlib import closing
from datetime import datetime, timezone

from asn1crypto import pem

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..tools import certificates, csc, hardware, identity, pades
from ..tools.errors import FirmaError
from ..tools.transaction import leave

WAYS = [
    ("key_file", "Key file"),
    ("token", "Token attached to the server (PKCS#11)"),
    ("remote", "Remote signing service"),
    ("agent", "Own card or token, through the local agent"),
    ("elsewhere", "Signed elsewhere and uploaded"),
]


class PaFirmaDispositivo(models.Model):
    """How a person signs: a key file kept encrypted (its password is typed at every signature and never stored), or
    the person's own program outside, whose result is uploaded."""

    _name = "pa.firma.dispositivo"
    _description = "Signing devices"
    _inherit = ["pa.sigillo.mixin"]
    _order = "user_id, id"

    _create_only_sealed = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one("res.users", "Person", required=True, ondelete="restrict", index=True)
    kind = fields.Selection(WAYS, required=True)
    token_label = fields.Char(help="Label of the PKCS#11 token attached to the server.")
    certificate_sha256 = fields.Char("Certificate SHA-256")
    # A PKCS#12 file encrypted with the person's password; nobody reads it, not even its owner.
    key_file = fields.Binary(attachment=False, groups=fields.NO_ACCESS, copy=False)
    signer = fields.Char()
    codice_fiscale = fields.Char()
    issuer = fields.Char()
    serial = fields.Char()
    not_before = fields.Datetime("Valid from")
    not_after = fields.Datetime("Valid until")
    certificate_pem = fields.Text("Certificate")
    chain_pem = fields.Text("Authorities' certificates")

    @api.depends("name", "not_after")
    def _compute_display_name(self):
        for device in self:
            until = f" ({format_date(self.env, device.not_after)})" if device.not_after else ""
            device.display_name = (device.name or "") + until

    def _frozen_fields(self):
        return set(self._fields) - {"name", "active", "display_name"}

    @api.model
    def _enroll(self, user, name, data=None, password=None, token_label=None):
        """Create a device of `user`: a key file when `data` is given, a token when its label is, signing elsewhere otherwise.

        :raises UserError: the file is not a key file, the password is wrong, or the certificate cannot sign
        """
        vals = {"user_id": user.id, "name": name, "kind": "elsewhere"}
        if data:
            vals |= {"kind": "key_file", "key_file": base64.b64encode(data)}
            vals |= self._certificate_vals(user, lambda: pades.load_key_file(data, password))
        elif token_label:
            vals |= {"kind": "token", "token_label": token_label}
            vals |= self._certificate_vals(user, lambda: hardware.open_token(self._token_module(), token_label, password))
        # Devices are created by enrolment only; users have no right to create them otherwise.
        return sealed_create(self.sudo(), [vals]).sudo(False)

    @api.model
    def _token_module(self):
        """Path of the PKCS#11 library: set by who runs the server, since loading a library is running its code."""
        return os.environ.get("PA_PKCS11_MODULE") or ""

    @api.model
    def _certificate_vals(self, user, opener):
        try:
            with closing(opener()) as signer:
                return self._checked_vals(user, signer.signing_cert, signer.chain)
        except FirmaError as error:
            raise UserError(self._message(error)) from None

    @api.model
    def _checked_vals(self, user, cert, chain):
        """What is kept of a certificate, which must be the person's own and meant for signing."""
        pades.check_certificate(cert)
        facts = identity.describe_certificate(cert)
        if user.pa_codice_fiscale and facts["codice_fiscale"] != user.pa_codice_fiscale:
            raise UserError(
                self.env._(
                    "The certificate is of %(cert)s, not of %(user)s.",
                    cert=facts["codice_fiscale"] or facts["signer"],
                    user=user.pa_codice_fiscale,
                )
            )
        return {
            **{name: facts[name] for name in ("signer", "codice_fiscale", "issuer", "serial", "certificate_sha256")},
            "not_before": _naive(facts["not_before"]),
            "not_after": _naive(facts["not_after"]),
            "certificate_pem": _pem(cert),
            "chain_pem": "".join(_pem(item) for item in chain),
        }

    @api.model
    def enroll_card(self, name, certificate, chain=()):
        """Add the current user's own card, which signs through the local agent.

        :param certificate: the card's signing certificate, base64 of its DER; `chain` are those of its authorities
        """
        self.check_access("write")
        return self._enroll_certificate(self.env.user, name, certificate, chain).id

    @api.model
    def _enroll_certificate(self, user, name, cert_der_b64, chain=()):
        """A device of which only the certificate is known: its key answers elsewhere (two phases)."""
        try:
            cert, chain = certificates.load_base64(cert_der_b64), [certificates.load_base64(item) for item in chain[:10]]
            vals = self._checked_vals(user, cert, chain)
        except FirmaError as error:
            raise UserError(self._message(error)) from None
        vals |= {"user_id": user.id, "name": str(name)[:100], "kind": "agent"}
        # Devices are created by enrolment only; users have no right to create them otherwise.
        return sealed_create(self.sudo(), [vals]).sudo(False)

    def _certificates(self):
        """(certificate, authorities' certificates) of a device whose key answers elsewhere."""
        self._check_owner()
        if self.kind != "agent":
            raise UserError(self.env._("This way to sign does not go through the local agent."))
        return certificates.load_pem(self.certificate_pem), certificates.load_pems(self.chain_pem or "")

    def _check_owner(self):
        self.ensure_one()
        self.check_access("read")
        if self.user_id != self.env.user:
            raise AccessError(self.env._("This device belongs to somebody else."))
        if not self.active:
            raise UserError(self.env._("This way to sign was put away: choose another."))

    def _open(self, password, otp="", account_password=""):
        """The signer behind this device, to be closed. Only its owner opens it, whoever asks.

        :param password: of the key file, or PIN of the token or of the remote credential
        :param otp: one-time code of the remote service, `account_password` that of the person's account there
        :raises UserError: wrong password, expired certificate
        """
        self._check_owner()
        if self.kind == "agent":
            raise UserError(self.env._("With this device the local agent signs, on your computer."))
        if self.kind == "elsewhere":
            raise UserError(self.env._("With this device you sign outside, then upload the signed file."))
        typed = csc.Secrets(pin=password or "", otp=otp or "", password=account_password or "")
        try:
            signer = getattr(self, f"_open_{self.kind}")(typed)
            pades.check_certificate(signer.signing_cert)
        except FirmaError as error:
            raise UserError(self._message(error)) from None
        return signer

    def _open_key_file(self, typed):
        # The key file is readable by nobody: only here, for its owner, with the password just typed.
        data = self.sudo().with_context(bin_size=False).key_file
        return pades.load_key_file(base64.b64decode(data or b""), typed.pin)

    def _open_token(self, typed):
        label, wanted = self.token_label, self.certificate_sha256 or ""
        leave(self.env)  # a card takes its time
        return hardware.open_token(self._token_module(), label, typed.pin, wanted)

    def _request_vals(self):
        """What a request says of the way to sign."""
        return {"dispositivo_id": self.id}


def _pem(cert):
    return pem.armor("CERTIFICATE", cert.dump()).decode()


def _naive(text):
    return datetime.fromisoformat(text).astimezone(timezone.utc).replace(tzinfo=None)
