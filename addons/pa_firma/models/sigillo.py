import base64
from contextlib import closing

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create
from odoo.exceptions import AccessError, UserError

from ..tools import csc, hardware, identity, pades, sign_xades
from ..tools.errors import FirmaError
from ..tools.transaction import leave

WAYS = [
    ("key_file", "Key file"),
    ("token", "Token attached to the server (PKCS#11)"),
    ("remote", "Remote signing service"),
]


class PaFirmaSigillo(models.Model):
    """Electronic seal of the body (eIDAS art. 35-40): says that a document comes from it, and signs for nobody.

    It is no person's way to sign, so that no step can take it. Only the people named here apply it, typing its password (or
    the PIN and code of the remote service that holds its key) each time; a key file is kept encrypted and nobody reads it.
    """

    _name = "pa.firma.sigillo"
    _description = "Electronic seals"
    _inherit = ["pa.sigillo.mixin", "pa.firma.credenziale", "mail.thread"]
    _order = "company_id, id"

    _create_only_sealed = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", "Body", required=True, ondelete="restrict", index=True)
    user_ids = fields.Many2many("res.users", string="Who may apply it", tracking=True)
    kind = fields.Selection(WAYS, required=True)
    token_label = fields.Char(help="Label of the PKCS#11 token attached to the server.")
    # A PKCS#12 file encrypted with its password; nobody reads it, not even who applies the seal.
    key_file = fields.Binary(attachment=False, groups=fields.NO_ACCESS, copy=False)
    signer = fields.Char("Named in the certificate")
    body_code = fields.Char("Code in the certificate")
    issuer = fields.Char()
    serial = fields.Char("Certificate no.")
    certificate_sha256 = fields.Char("Certificate SHA-256")
    not_before = fields.Datetime("Valid from")
    not_after = fields.Datetime("Valid until")
    qualified_declared = fields.Boolean("Declared qualified", help="What the certificate says of itself.")

    def _frozen_fields(self):
        own = {name for name, field in self._fields.items() if field.store and not name.startswith(("message_", "activity_"))}
        return own - {"name", "active", "user_ids", "write_uid", "write_date"}

    @api.model
    def _enroll(self, company, name, users, password, data=None, token_label=None):
        """Create a seal of `company`: a key file when `data` is given, a token when its label is.

        :raises UserError: wrong password, a person's certificate, another body's, or one that cannot seal
        """
        vals = {"kind": "key_file", "key_file": base64.b64encode(data)} if data else {"kind": "token", "token_label": token_label}
        company = self._company_to_seal(company)
        with closing(self._opened(vals["kind"], data, token_label, csc.Secrets(pin=password or ""))) as signer:
            return self._enrolled(company, name, users, signer.signing_cert, vals)

    @api.model
    def _enroll_remote(self, company, name, users, fornitore, account="", account_password="", credential=""):
        """Create a seal of `company` whose key is at a remote service: its credential in this account.

        :param credential: which one, where the account holds more than one seal of this body
        """
        company, fornitore = self._company_to_seal(company), fornitore.exists()
        fornitore.check_access("read")
        try:
            found = self._found_credential(
                fornitore, account, account_password, credential, lambda cert: self._is_ours(cert, company)
            )
        except FirmaError as error:
            raise UserError(self._message(error)) from None
        return self._enrolled(company, name, users, found.certificate, self._remote_vals(fornitore, account, found))

    @api.model
    def _company_to_seal(self, company):
        self._check_configures()
        return company & self.env.companies or self.env.company

    @api.model
    def _enrolled(self, company, name, users, cert, vals):
        self._check_signer(cert, company)
        vals |= {"company_id": company.id, "name": name, "user_ids": [(6, 0, users.ids)], **self._certificate_vals(cert)}
        # Seals are created by enrolment only; nobody has the right to create them otherwise.
        return sealed_create(self.sudo(), [vals]).sudo(False)

    def _check_configures(self):
        if not (self.env.su or self.env.user.has_group("pa_atti.group_consulente")):
            raise AccessError(self.env._("Seals are added by who configures the procedures."))

    @api.model
    def _opened(self, kind, data, token_label, typed, certificate_sha256=""):
        try:
            if kind == "key_file":
                return pades.load_key_file(data, typed.pin)
            if kind == "token":
                module = self.env["pa.firma.dispositivo"]._token_module()
                leave(self.env)  # a token takes its time
                return hardware.open_token(module, token_label, typed.pin, certificate_sha256)
            return self._open_remote(typed)
        except FirmaError as error:
            raise UserError(self._message(error)) from None

    @api.model
    def _message(self, error):
        messages = {
            "csc_none": self.env._("The service holds no seal of this body in this account."),
            "csc_many": self.env._("The service holds several seals of this body: write which one (%s).", error.detail),
            "csc_certificate": self.env._("The service now has another certificate: put this seal away and add it again."),
        }
        return messages.get(error.code) or self.env["pa.firma.dispositivo"]._message(error)

    @api.model
    def _check_signer(self, cert, company):
        """Refuse what is not this body's own seal, good today."""
        try:
            pades.check_certificate(cert)
        except FirmaError as error:
            raise UserError(self._message(error)) from None
        facts = identity.describe_certificate(cert)
        if reasons := self._reasons_not_ours(facts, company):
            raise UserError("\n".join(reasons))

    @api.model
    def _is_ours(self, cert, company):
        return not self._reasons_not_ours(identity.describe_certificate(cert), company)

    @api.model
    def _reasons_not_ours(self, facts, company):
        """Reasons why a certificate, or a verified signature, is not the seal of `company`."""
        company = company.sudo()  # who applies the seal need not read the body's record
        if not facts["seal"]:
            return [self.env._("It is the certificate of a person (%s), not of a body.", facts["signer"])]
        if not company._pa_body_codes():
            return [self.env._("Enter the codice fiscale of %s in its record first.", company.name)]
        if facts["body_code"] not in company._pa_body_codes():
            code = facts["body_code"] or self.env._("without code")
            return [self.env._("The seal is of %(who)s (%(code)s), not of %(body)s.", who=facts["signer"], code=code, body=company.name)]
        return []

    @api.model
    def _certificate_vals(self, cert):
        facts = identity.describe_certificate(cert)
        names = ("signer", "body_code", "issuer", "serial", "certificate_sha256", "qualified_declared")
        validity = cert["tbs_certificate"]["validity"]
        dates = {name: validity[name].native.replace(tzinfo=None) for name in ("not_before", "not_after")}
        return {name: facts[name] for name in names} | dates

    def _open(self, password, otp="", account_password=""):
        """The seal's signer, to be closed, for who may apply it.

        :param password: of the key file, or PIN of the token or of the remote credential
        :param otp: one-time code of the remote service, `account_password` that of the account there
        :raises UserError: wrong password, expired, or no longer of this body
        """
        self.ensure_one()
        self._check_may_apply()
        # The key file is readable by nobody: only here, with the password just typed.
        kept = self.sudo().with_context(bin_size=False)
        data = base64.b64decode(kept.key_file or b"")
        typed = csc.Secrets(pin=password or "", otp=otp or "", password=account_password or "")
        signer = self._opened(kept.kind, data, kept.token_label, typed, kept.certificate_sha256 or "")
        try:
            self._check_signer(signer.signing_cert, self.company_id)
        except UserError:
            signer.close()
            raise
        return signer

    def _check_may_use(self):
        self._check_may_apply()

    def _check_may_apply(self):
        self.ensure_one()
        self.check_access("read")
        if not self.active or self.env.user not in self.sudo().user_ids:  # only one's own presence is told
            raise AccessError(self.env._("You are not among those who may apply this seal."))

    def _request_vals(self):
        """What a request says of the seal: it is no person's device, and its record is the request's own."""
        return {}

    def _sealed_xml(self, xml, signer):
        """The XML with this seal inside, verified."""
        # The authority's address is configuration, which users do not read.
        address = self.env["ir.config_parameter"].sudo().get_param("pa_firma.tsa_url") or ""
        leave(self.env)
        try:
            data = sign_xades.sign_xml(xml, signer, pades.SignatureRequest(tsa_url=address))
        except FirmaError as error:
            raise UserError(self._message(error)) from None
        report = self.env["pa.firma.verifica"]._report(self.company_id, data, original=xml)
        if report["verdict"] != "valid":
            details = "; ".join(self.env["pa.firma"]._explain(reason) for reason in report["reasons"])
            raise UserError(self.env._("The seal is not accepted: %s", details))
        return data

    def _firma_company(self):
        return self.company_id

    @api.model
    def _mine(self, company):
        """Seals that the current user may apply for `company`."""
        return self.search([("company_id", "=", company.id), ("user_ids", "in", self.env.uid)])
