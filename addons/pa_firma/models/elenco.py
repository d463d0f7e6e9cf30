import base64
from datetime import timezone

from asn1crypto import pem

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import ValidationError

from ..tools import identity
from ..tools.errors import FirmaError
from ..tools.trust import certificates

EUROPE = "https://ec.europa.eu/tools/lotl/eu-lotl.xml"
_COUNTRIES = {"EL": "GR", "UK": "GB"}  # as the lists write them: as everybody else does


class PaFirmaElenco(models.Model):
    """A trusted list (ETSI TS 119 612): the European list of lists, or a country's list of qualified services.

    What it says is in its versions; here is where it comes from and who signs it.
    """

    _name = "pa.firma.elenco"
    _description = "Trusted lists"
    _inherit = ["pa.sigillo.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "kind, enabled desc, territory, id"
    _rec_names_search = ["territory"]

    kind = fields.Selection(
        [("lotl", "European list of lists"), ("national", "List of a country")],
        required=True,
        default=lambda self: self._default_kind(),
    )
    territory = fields.Char("Country", help="Two letters, as the list says of itself.")
    own_address = fields.Char("Address", default=lambda self: self._default_address(), help="Empty: by file only.")
    listed_address = fields.Char("Address in the list of lists", readonly=True)
    own_signers = fields.Text(
        "Signers that you vouch for",
        help="Certificates (PEM) of who signs the list: for the list of lists, those published in the Official Journal.",
    )
    listed_signers = fields.Text("Signers named by the list of lists", readonly=True, help="By its pivots, for itself.")
    signers_text = fields.Text("Who may sign it", compute="_compute_signers_text")
    lotl_id = fields.Many2one("pa.firma.elenco", "Named by", ondelete="restrict", index=True)
    enabled = fields.Boolean("In use", default=True, help="Kept up to date and believed by verifications.")
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users", "Who is told", default=lambda self: self.env.user, help="Of failures and of lists past their date."
    )
    versione_ids = fields.One2many("pa.firma.elenco.versione", "elenco_id", "Versions", readonly=True)
    current_id = fields.Many2one("pa.firma.elenco.versione", "Version in force", ondelete="restrict")
    sequence = fields.Integer(related="current_id.sequence", string="Number")
    issued_on = fields.Datetime(related="current_id.issued_on")
    next_update = fields.Datetime(related="current_id.next_update")
    checked_on = fields.Datetime("Last check", readonly=True)
    error = fields.Text("Last failure", readonly=True)
    state = fields.Selection(
        [("off", "Not in use"), ("none", "To be loaded"), ("failed", "Not updated"), ("old", "Past its date"), ("good", "Up to date")],
        compute="_compute_state",
    )

    _one_per_lotl = models.UniqueIndex("(lotl_id, territory) WHERE lotl_id IS NOT NULL", "The list is already there.")

    @api.model
    def _default_kind(self):
        return "national" if self.search_count([("kind", "=", "lotl")], limit=1) else "lotl"

    @api.model
    def _default_address(self):
        return EUROPE if self._default_kind() == "lotl" else False

    def _sealed_initial(self):
        names = ("listed_address", "listed_signers", "lotl_id", "current_id", "checked_on", "error", "versione_ids")
        return super()._sealed_initial() | dict.fromkeys(names, False)

    def _frozen_fields(self):
        return {"kind", "territory"} if self.versione_ids or self.lotl_id else set()

    def _check_unlink_allowed(self):
        return [self.env._("Trusted lists stay on record: take them out of use instead.")] if self.versione_ids else []

    @api.depends("kind", "territory")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for elenco in self:
            code = (elenco.territory or "").upper()
            country = self.env["res.country"].search([("code", "=", _COUNTRIES.get(code, code))], limit=1) if code else None
            if elenco.kind == "lotl":
                elenco.display_name = self.env._("European list of lists")
            else:
                elenco.display_name = self.env._("Trusted list: %s", (country and country.name) or code or "?")

    @api.depends("enabled", "current_id", "next_update", "error")
    def _compute_state(self):
        now = fields.Datetime.now()
        for elenco in self:
            if not elenco.enabled:
                elenco.state = "off"
            elif not elenco.current_id:
                elenco.state = "failed" if elenco.error else "none"
            elif elenco.next_update and elenco.next_update < now:
                elenco.state = "old"
            else:
                elenco.state = "failed" if elenco.error else "good"

    @api.depends("kind", "own_signers", "listed_signers")
    def _compute_signers_text(self):
        for elenco in self:
            elenco.signers_text = elenco._described(elenco._signers())

    @api.model
    def _described(self, certs):
        """Certificates of signers in words: who, until when, by which fingerprint."""
        lines = []
        for cert in certs:
            until = cert["tbs_certificate"]["validity"]["not_after"].native
            lines.append(f"{identity.signer_name(cert)} ({until:%d/%m/%Y})\nSHA-256 {cert.sha256.hex()}")
        return "\n\n".join(lines)

    @api.constrains("own_signers")
    def _check_own_signers(self):
        for elenco in self:
            try:
                elenco._vouched()
            except FirmaError:
                raise ValidationError(self.env._("The signers must be certificates in PEM format.")) from None

    def _signers(self):
        """Certificates of who may sign this list."""
        self.ensure_one()
        # Who the Official Journal named signs no more once the pivots of the list of lists name others.
        own = self.own_signers if not (self.kind == "lotl" and self.listed_signers) else ""
        texts = [text for text in (own, self.listed_signers) if (text or "").strip()]
        return list({cert.sha256: cert for text in texts for cert in certificates(text)}.values())

    def _address(self):
        return (self.own_address or self.listed_address or "").strip()

    @api.model
    def _accepted(self, at=None):
        """Lists that verifications believe, for `accepted_lists` of `sandbox`.

        :param at: aware datetime: the versions that were in force here then; today's where there was none yet
        """
        # Lists are configuration: whoever verifies needs them, whoever reads acts does not manage them.
        lists = self.sudo().search([("kind", "=", "national"), ("enabled", "=", True), ("current_id", "!=", False)])
        lists = lists.filtered(lambda e: e.own_signers or e.listed_signers)
        versions = lists.current_id
        if at:
            versions = lists.env["pa.firma.elenco.versione"].concat(*(elenco._version_at(at) for elenco in lists))
        return [version._listed() for version in versions]

    def _version_at(self, at):
        moment = at.astimezone(timezone.utc).replace(tzinfo=None) if at.tzinfo else at
        then = self.versione_ids.filtered(
            lambda v: v.accepted_on and v.accepted_on <= moment and (not v.superseded_on or moment < v.superseded_on)
        )
        return then[:1] or self.current_id

    def _take(self, raw, address="", files=()):
        """Read a list's bytes and keep them, accepted or refused; "" or why they were refused.

        Reading happens before the small transaction that writes.

        :param files: bytes of the pivots of a list of lists, when they are given by hand
        """
        self.ensure_one()
        return self.env["pa.firma.elenco.versione"]._keep(self, raw, self._read_list(raw, files), address)

    def _named(self, pointers):
        """Follow what the list of lists says of the others: where they are and who signs them."""
        said = {}
        for pointer in pointers:
            if pointer["territory"] and pointer["xml"] and pointer["union"]:
                place = said.setdefault(pointer["territory"], {"listed_address": pointer["address"], "certs": []})
                place["certs"] += pointer["certs"]
        known = self.with_context(active_test=False).search([("lotl_id", "=", self.id)])
        for elenco in known:
            place = said.pop(elenco.territory, {"listed_address": False, "certs": []})
            sealed_write(elenco, self._named_vals(place))
        for territory, place in said.items():
            elenco = self.create({
                "kind": "national", "territory": territory, "own_address": False, "enabled": territory == "IT", "user_id": self.user_id.id,
            })  # fmt: skip
            sealed_write(elenco, {"lotl_id": self.id, **self._named_vals(place)})

    @api.model
    def _named_vals(self, place):
        pems = [pem.armor("CERTIFICATE", base64.b64decode(der)).decode() for der in dict.fromkeys(place["certs"])]
        return {"listed_address": place["listed_address"], "listed_signers": "".join(pems) or False}

