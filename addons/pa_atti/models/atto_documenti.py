import base64
from functools import cache

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ..tools.renderer import RefusedResource, render_pdf
from ..tools.seal import sealed_write

_FONTS = {
    "pa:regular.ttf": "web/static/fonts/lato/Lato-Reg-webfont.ttf",
    "pa:bold.ttf": "web/static/fonts/lato/Lato-Bol-webfont.ttf",
    "pa:italic.ttf": "web/static/fonts/lato/Lato-RegIta-webfont.ttf",
}


@cache
def _fonts():
    resources = {}
    for url, path in _FONTS.items():
        with file_open(path, "rb") as font:
            resources[url] = (font.read(), "font/ttf")
    return resources


class PaAtto(models.Model):
    """The act's documents: rendered once, stored, hashed."""

    _inherit = "pa.atto"

    def _official_document(self):
        """The act's own document in force."""
        # The procedure's own page, also for steps whose people may not read every document.
        return self.sudo().documento_ids.filtered(lambda d: d.kind == "atto" and not d.superseded)[:1]

    def _document_template(self, passo):
        return "pa_atti.document_visto" if passo.kind == "visto" else "pa_atti.document_atto"

    def _document_context(self):
        """What the document's template sees; addons add theirs through ``super()``."""
        self.ensure_one()
        return {"atto": self, "company": self.company_id}

    def _render_document(self, passo):
        """Render the document of ``passo`` once; a second signature on the same page signs the same bytes."""
        self.ensure_one()
        kind = "visto" if passo.kind == "visto" else "atto"
        existing = self._official_document() if kind == "atto" else self.env["pa.atto.documento"]
        if existing:
            return existing
        html = self.env["ir.qweb"]._render(
            self._document_template(passo), self._document_context() | {"passo": passo}, minimal_qcontext=True
        )
        try:
            data = render_pdf(str(html), _fonts())
        except RefusedResource as error:
            raise UserError(self.env._("The text of the act asks for something outside the act: %s", error)) from error
        versions = self.documento_ids.filtered(lambda d: d.kind == kind).mapped("version")
        return self.env["pa.atto.documento"]._store(
            self, kind, self._document_name(kind), data, "application/pdf", passo_id=passo.id,
            version=max(versions, default=0) + 1,
        )

    def _document_name(self, kind):
        number = self.number_organo or self.number_settore or self.number_proposta or self.id
        return f"{self.tipo_id.code.lower()}-{number}{'-visto' if kind == 'visto' else ''}.pdf"

    def _supersede_documents(self):
        """Sent back: documents made so far stay on record, out of force."""
        # Documents are written only by the procedure; who sends back was allowed to by the step.
        current = self.sudo().documento_ids.filtered(lambda d: d.kind != "allegato" and not d.superseded)
        if current:
            sealed_write(current, {"superseded": True})

    def add_attachment(self, name, datas, visibility="pubblico", original_id=False):
        """Add an attachment to the draft.

        :param datas: base64
        :param original_id: the attachment of which this is the version with omissis; it becomes reserved
        """
        self.ensure_one()
        self.check_access("write")
        if not self._content_editable():
            raise UserError(self.env._("Attachments of %s can no longer change.", self.display_name))
        try:
            data = base64.b64decode(datas, validate=True)
        except ValueError as error:
            raise UserError(self.env._("%s is not a valid file.", name)) from error
        mimetype = self.env["ir.attachment"]._compute_mimetype({"raw": data, "name": name})
        original = self.documento_ids.filtered(lambda d: d.id == original_id and d.kind == "allegato")
        if original_id and not original:
            raise UserError(self.env._("The original must be an attachment of this act."))
        if visibility == "omissis":
            original.write({"visibility": "riservato"})
        return self.env["pa.atto.documento"]._store(
            self, "allegato", name.replace("\\", "/").rsplit("/", 1)[-1], data, mimetype, visibility=visibility,
            derived_from_id=original.id,
        ).id
