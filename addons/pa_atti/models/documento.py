import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.seal import sealed_create, sealed_unlink, sealed_write

MAX_BYTES = 50 * 1024 * 1024


class PaAttoDocumento(models.Model):
    """A rendered or uploaded document: its bytes, their SHA-256, who may see it. Never changed once stored."""

    _name = "pa.atto.documento"
    _description = "Document of an act"
    _inherit = ["pa.sigillo.mixin"]
    _order = "atto_id, kind, version desc, id desc"

    _create_only_sealed = True

    atto_id = fields.Many2one("pa.atto", "Act", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="atto_id.company_id", store=True, precompute=True)
    passo_id = fields.Many2one("pa.atto.passo", "Step", ondelete="restrict")
    kind = fields.Selection(
        [
            ("atto", "Act"), ("visto", "Visa"), ("allegato", "Attachment"), ("firmato", "Signed"),
            ("scansione", "Scan"), ("certificato", "Certificate"),
        ],
        required=True,
    )
    name = fields.Char(required=True)
    attachment_id = fields.Many2one("ir.attachment", "File", ondelete="restrict", bypass_search_access=True)
    mimetype = fields.Char()
    size = fields.Integer("Size (bytes)")
    sha256 = fields.Char("SHA-256")
    version = fields.Integer(default=1)
    visibility = fields.Selection(
        [("pubblico", "Public"), ("riservato", "Reserved"), ("omissis", "Public with omissis")],
        required=True, default="pubblico",
    )
    derived_from_id = fields.Many2one("pa.atto.documento", "Derived from", ondelete="restrict")
    superseded = fields.Boolean("Out of force")
    removable = fields.Boolean(compute="_compute_removable")

    def _frozen_fields(self):
        # Visibility of an attachment may be corrected while the act is being written, and only then.
        editable = {"visibility"} if self.kind == "allegato" and self.atto_id._content_editable() else set()
        return set(self._fields) - editable

    def _check_unlink_allowed(self):
        if self.kind == "allegato" and self.atto_id._content_editable():
            return []
        return [self.env._("%s belongs to the act and is not deleted.", self.name)]

    def unlink(self):
        for documento in self:
            if reasons := documento._check_unlink_allowed():
                raise UserError("\n".join(reasons))
        attachments = self.sudo().attachment_id  # they go with their document
        # Odoo deletes the attachments of what it deletes, and would find them guarded.
        sealed_write(attachments, {"res_model": False, "res_id": False})
        result = super().unlink()
        sealed_unlink(attachments)
        return result

    @api.model
    def _store(self, atto, kind, name, data, mimetype, **vals):
        """Store ``data`` as a document of ``atto`` and hash it.

        :raises UserError: empty or larger than 50 MB
        """
        if not data:
            raise UserError(self.env._("%s is empty.", name))
        if len(data) > MAX_BYTES:
            raise UserError(self.env._("%(name)s is larger than %(limit)s MB.", name=name, limit=MAX_BYTES >> 20))
        # The procedure stores documents on behalf of users who have no direct right to do so.
        documento = sealed_create(self.sudo(), [{
            "atto_id": atto.id, "kind": kind, "name": name, "mimetype": mimetype, "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(), **vals,
        }])
        attachment = sealed_create(
            self.env["ir.attachment"].sudo().with_context(image_no_postprocess=True),  # as above
            [{"name": name, "raw": data, "mimetype": mimetype, "res_model": self._name, "res_id": documento.id}],
        )
        documento._link(attachment)
        return documento.sudo(False)

    def _link(self, attachment):
        sealed_write(self, {"attachment_id": attachment.id})

    def _bytes(self):
        """The stored bytes, checked against their hash."""
        self.ensure_one()
        # Whoever may read the document may read its bytes.
        self.check_access("read")
        data = self.sudo().attachment_id.with_context(bin_size=False).raw  # whoever reads the document reads its bytes
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise UserError(self.env._("The stored bytes of %s do not match their hash.", self.name))
        return data

    @api.depends("name")
    @api.depends_context("uid")
    def _compute_display_name(self):
        """Relations name their target with elevated rights: the version with omissis does not tell the original's name."""
        told = self.sudo(False)._filtered_access("read") if self.env.su else self
        for documento in self:
            documento.display_name = documento.name if documento in told else self.env._("Reserved document")

    @api.depends("kind", "atto_id.state", "atto_id.passo_ids.state")
    @api.depends_context("uid")
    def _compute_removable(self):
        for documento in self:
            documento.removable = documento.kind == "allegato" and documento.atto_id.content_editable

    def action_remove(self):
        """Take an attachment away from an act that is being written."""
        self.unlink()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.constrains("visibility", "derived_from_id")
    def _check_omissis(self):
        for documento in self.filtered(lambda d: d.kind == "allegato"):
            if documento.visibility == "omissis" and not documento.derived_from_id:
                raise ValidationError(self.env._("Say of which attachment “%s” is the version with omissis.", documento.name))

    def action_open(self):
        """Open the file in the browser."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.attachment_id.id}", "target": "new"}
