import hashlib

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create
from odoo.exceptions import UserError
from odoo.fields import Domain


class PaFirmaDurata(models.Model):
    """The same for records of any addon (`pa.firma.mixin`): their signed files are attachments of the record, and so are those
    that keep them."""

    _name = "pa.firma.durata"
    _inherit = ["pa.firma.durata", "pa.firma.di.record"]

    record_name = fields.Char("Signed record")
    attachment_id = fields.Many2one("ir.attachment", "Latest signed file", ondelete="restrict", index="btree_not_null")
    sha256 = fields.Char("SHA-256")
    record_file_ids = fields.Many2many("ir.attachment", string="Files made to keep it", bypass_search_access=True)

    _one_per_record = models.UniqueIndex("(res_model, res_id) WHERE res_model IS NOT NULL")
    _of_something = models.Constraint(
        "CHECK (documento_id IS NOT NULL OR attachment_id IS NOT NULL)", "What is kept is a document of an act or a signed file."
    )

    @api.depends("documento_id", "record_name")
    def _compute_display_name(self):
        for durata in self:
            durata.display_name = durata.record_name or durata.documento_id.display_name

    @api.model
    def _follow_record(self, firma, report, sha256, *, as_it_is=False):
        """Keep the file that this signature, of a record that is not an act, made."""
        record, attachment = self._record_of(firma), firma.attachment_id
        wanted = False if as_it_is or not record else record._firma_level(firma.company_id)
        vals = {"attachment_id": attachment.id, "sha256": sha256, "company_id": firma.company_id.id, "record_name": firma.record_name}
        vals |= self._begin_vals(report, wanted, firma.company_id, lambda: self._raw_of(attachment))
        return self._begun({"res_model": firma.res_model, "res_id": firma.res_id}, vals)

    @api.model
    def _record_of(self, values):
        """The record itself; empty when its addon, or it, is not there any more."""
        registry = self.env.registry
        known = values.res_model in registry and issubclass(registry[values.res_model], registry["pa.firma.mixin"])
        return self.env[values.res_model].browse(values.res_id).exists() if known else None

    @api.model
    def _raw_of(self, attachment):
        return attachment.sudo().with_context(bin_size=False).raw or b""  # whoever keeps it reads it

    def _latest(self):
        return self.attachment_id if self.res_model else super()._latest()

    def _bytes(self):
        if not self.res_model:
            return super()._bytes()
        data = self._raw_of(self.attachment_id)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise UserError(self.env._("The stored bytes do not match their hash."))
        return data

    def _origin_bytes(self):
        return self._bytes() if self.res_model else super()._origin_bytes()

    def _wanted_today(self):
        record = self._record_of(self) if self.res_model else None
        return record._firma_level(self.company_id) if record else super()._wanted_today()

    def _signed_again_soon(self):
        """Whether the record's addon awaits other signatures, or somebody is signing these very bytes now."""
        if not self.res_model:
            return super()._signed_again_soon()
        now = fields.Datetime.now()
        # also what a key has answered and was not used yet: a code was spent for it
        under_way = Domain("state", "in", ("pending", "signed", "failed")) & Domain("date", ">", fields.Datetime.subtract(now, days=1))
        under_way &= Domain("state", "!=", "failed") | Domain("raw_signature", "!=", False)
        prepared = Domain("state", "=", "prepared") & Domain("prepared_until", ">", now)
        of_record = Domain("res_model", "=", self.res_model) & Domain("res_id", "=", self.res_id)
        if self.env["pa.firma.richiesta"].search_count(of_record & (under_way | prepared), limit=1):
            return True
        record = self._record_of(self)
        return bool(record and record._awaits_signatures())

    def _stored(self, base, data):
        if not self.res_model:
            return super()._stored(base, data)
        digest = hashlib.sha256(data).hexdigest()
        if digest == self.sha256:
            return {}
        vals = {"name": base.name, "raw": data, "mimetype": base.mimetype, "res_model": self.res_model, "res_id": self.res_id}
        attachment = sealed_create(self.env["ir.attachment"].sudo(), [vals])  # made by the procedure, guarded afterwards
        return {"attachment_id": attachment.id, "sha256": digest, "record_file_ids": [(4, attachment.id)]}


class PaFirma(models.Model):
    _inherit = "pa.firma"

    record_name = fields.Char("Signed record", help="Name, on the day of the signature, of a record that is not an act.")

    def _keep_record(self, report, sha256, **options):
        """Keep over time the file that this signature made."""
        return self.env["pa.firma.durata"]._follow_record(self, report, sha256, **options)


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _pa_guarded(self):
        """Signed files of any record are its attachments, so that who reads it reads them; nobody changes them."""
        # The guard must see every signature.
        firme = self.env["pa.firma"].sudo().search([("attachment_id", "in", self.ids)])
        durate = self.env["pa.firma.durata"].sudo().search([("record_file_ids", "in", self.ids)])  # as above
        return super()._pa_guarded() | (self.sudo() & (firme.attachment_id | durate.record_file_ids))  # as above
