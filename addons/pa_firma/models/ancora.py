from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import identity


class PaFirmaAncora(models.Model):
    """A certification authority that this body trusts, besides those of the trusted lists."""

    _name = "pa.firma.ancora"
    _description = "Trust anchor"
    _order = "name, id"

    name = fields.Char(compute="_compute_facts", store=True)
    pem = fields.Text("Certificate (PEM)", required=True)
    sha256 = fields.Char("SHA-256", compute="_compute_facts", store=True)
    not_after = fields.Date("Valid until", compute="_compute_facts", store=True)
    reason = fields.Char(help="Why it is trusted, and by whose decision.")
    company_id = fields.Many2one("res.company", help="Empty: every body in this database.", index=True)
    active = fields.Boolean(default=True)

    @api.depends("pem")
    def _compute_facts(self):
        for ancora in self:
            cert = ancora._parse()
            ancora.name = _name(cert) if cert else self.env._("Unreadable")
            ancora.sha256 = cert.fingerprint(hashes.SHA256()).hex() if cert else False
            ancora.not_after = cert.not_valid_after_utc.date() if cert else False

    def _parse(self):
        """The certificate, or None when the text is not one."""
        self.ensure_one()
        try:
            return x509.load_pem_x509_certificate((self.pem or "").strip().encode())
        except ValueError:
            return None

    @api.constrains("pem")
    def _check_pem(self):
        for ancora in self:
            cert = ancora._parse()
            if not cert:
                raise ValidationError(self.env._("This is not a certificate in PEM format."))
            try:
                authority = cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            except x509.ExtensionNotFound:
                authority = False
            if not authority:
                raise ValidationError(self.env._("This is not the certificate of an authority."))

    @api.model
    def _trusted_pems(self, company):
        """PEM texts trusted for `company`."""
        # Anchors are configuration: whoever verifies needs them, whoever reads acts does not manage them.
        anchors = self.sudo().search([("company_id", "in", (False, company.id))])
        return anchors.mapped("pem")

    @api.model
    def _trust(self, company, at=None):
        """What every verification for `company` trusts, as keyword arguments of `sandbox.verify_…`.

        :param at: aware datetime: the lists as they were in force then (now when missing)
        """
        return {"trust": self._trusted_pems(company), "accepted_lists": self.env["pa.firma.elenco"]._accepted(at)}


def _name(cert):
    return identity.readable_name(asn1_x509.Certificate.load(cert.public_bytes(Encoding.DER)).subject)
