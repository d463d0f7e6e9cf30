from odoo import fields, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.addons.pa_atti.tools.seal import sealed_write

from .atto_tipo import MODES


class PaAttoPasso(models.Model):
    """Signatures and visas are completed by a verified digital signature of exactly the step's document."""

    _inherit = "pa.atto.passo"

    firma_ids = fields.One2many("pa.firma", "passo_id", "Signatures", readonly=True)

    # Fixed when the step begins: a later change of configuration does not touch what is under way.
    firma_mode = fields.Selection(MODES, "Signature", readonly=True)

    def _on_enter(self):
        result = super()._on_enter()
        if self.kind in ("firma", "visto") and not self.automatic:
            # The type's configuration holds for everybody; steps are written only by the procedure.
            mode = self.sudo().tipo_id._firma_mode_for(self.department_id, today())
            sealed_write(self.sudo(), {"firma_mode": mode})  # written by the procedure
        return result

    def _takes_digital_signature(self):
        """Whether this step can be completed by a digital signature."""
        self.ensure_one()
        return self.firma_mode in ("digital", "mixed")

    def _needs_digital_signature(self):
        """Whether only a digital signature completes this step."""
        self.ensure_one()
        return self.firma_mode == "digital"

    def _firma_base(self):
        """The document to add the signature to: what earlier signers of the same document left, or the document itself."""
        self.ensure_one()
        # Signing concerns the step's own document, which its assignee always sees.
        signed = self.sudo().atto_id.documento_ids.filtered(
            lambda d: d.kind == "firmato" and d.derived_from_id == self.documento_id and not d.superseded
        )
        return signed.sorted("version")[-1:] or self.sudo().documento_id  # whoever has the step reads its document

    def _firma_ready(self):
        """The request of this user whose signed bytes wait to be used, or an empty recordset."""
        self.ensure_one()
        Richiesta = self.env["pa.firma.richiesta"]
        base = self._firma_base()
        request = Richiesta._find(self, self.env.user, base.sha256) if base else Richiesta
        return request.filtered(lambda r: r.state == "signed")

    def _check_can_firma(self):
        return super()._check_can_firma() + self._reasons_firma()

    def _check_can_visto(self):
        return super()._check_can_visto() + self._reasons_firma()

    def _reasons_firma(self):
        """Reasons why no usable digital signature completes this step."""
        if not self._takes_digital_signature():
            return []
        if not self.documento_id:
            return [self.env._("Step %s has no document to sign.", self.name)]
        if self.documento_id.superseded:
            return [self.env._("The document of step %s is out of force.", self.name)]
        request = self._firma_ready()
        if not request and self.firma_mode == "mixed":
            return []
        if not request:
            return [self.env._("Step %s is completed by your digital signature.", self.name)]
        if request.documento_id != self.documento_id:
            return [self.env._("The document has changed since it was signed: sign it again.")]
        return self._reasons_report(request.report or {})

    def _do_firma(self, outcome, reason):
        self._firma_store()
        return super()._do_firma(outcome, reason)

    def _do_visto(self, outcome, reason):
        self._firma_store()
        return super()._do_visto(outcome, reason)

    def _firma_store(self):
        """Make of the signed bytes a document of the act, and record the signature."""
        if not self._takes_digital_signature():
            return
        request, base = self._firma_ready(), self._firma_base()
        if not request:  # on paper, where both are allowed
            return
        data = request._signed_bytes()
        documento = self.env["pa.atto.documento"]._store(
            self.atto_id,
            "firmato",
            self._firma_name(),
            data,
            "application/pdf",
            passo_id=self.id,
            derived_from_id=self.documento_id.id,
            version=base.version + 1,
            visibility=self.documento_id.visibility,
        )
        self.env["pa.firma"]._record(documento, self, request.report)
        # The request is the procedure's record; its bytes now live in the document.
        sealed_write(request.sudo(), {"state": "used", "signed_data": False})

    def _firma_name(self):
        name = self.documento_id.name
        return (name[:-4] if name.lower().endswith(".pdf") else name) + "-firmato.pdf"
