import base64

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import file_path, format_datetime

from ..tools import pades, pdf_guard
from ..tools.errors import FirmaError
from ..tools.mark import Mark


class PaFirmaBase(models.AbstractModel):
    """Making, or receiving, the signature of a document, and refusing what is not exactly that."""

    _name = "pa.firma.base"
    _description = "Signing of a document"

    def _signature_request(self, reason, company, capacity, digest):
        """What a signature by the current user says, and the limits it respects.

        :param digest: SHA-256 of the document as it was before any signature
        """
        # The authority's address and the limits are configuration, which users do not read.
        parameters = self.env["ir.config_parameter"].sudo()
        return pades.SignatureRequest(
            name=self.env.user.name,
            reason=reason,
            location=company.sudo().city or "",  # the town of the body is public
            tsa_url=parameters.get_param("pa_firma.tsa_url") or "",
            max_bytes=self._firma_max_bytes(),
            mark=self._firma_mark(capacity, digest) if parameters.get_param("pa_firma.visible_mark", "True") == "True" else None,
        )

    def _firma_mark(self, capacity, digest):
        """What the page shows of the signature: who, in which capacity, when, and where it can be verified."""
        # The base address is configuration, which users do not read.
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        return Mark(
            lines=(
                self.env._("Digitally signed by %s", self.env.user.name),
                capacity,
                format_datetime(self.env, fields.Datetime.now(), tz="Europe/Rome", dt_format="dd/MM/yyyy HH:mm"),
            ),
            address=f"{base}/firma/{digest[:32]}",
            font=file_path("web/static/fonts/lato/Lato-Reg-webfont.ttf"),
        )

    def _firma_max_bytes(self):
        # The limit is configuration, which users do not read.
        text = self.env["ir.config_parameter"].sudo().get_param("pa_firma.max_mb") or "50"
        return min(int(text) if text.isdigit() else 50, 64) * 1024 * 1024

    def _firma_refuse_early(self, data):
        try:
            pdf_guard.check_plain(data, self._firma_max_bytes())
        except FirmaError as error:
            raise UserError(self.env["pa.firma.dispositivo"]._message(error)) from None

    def _firma_company(self):
        """The body whose trust anchors count."""
        return (self.company_id if "company_id" in self._fields else None) or self.env.company

    def _firma_decoded(self, datas):
        """The bytes of an upload, refused when there are too many or they are not base64."""
        if len(datas or "") > self._firma_max_bytes() * 4 // 3 + 4:
            raise UserError(self.env._("The file is too large."))
        try:
            return base64.b64decode(datas or b"", validate=True)
        except ValueError:
            raise UserError(self.env._("The file is not valid.")) from None

    def _firma_uploaded(self, datas):
        """The bytes of an uploaded PDF, refused at once when they are none."""
        data = self._firma_decoded(datas)
        self._firma_refuse_early(data)
        return data

    def _firma_checked(self, data, given):
        """(data, report) when `data` is `given` with this person's valid signature added; refuses otherwise."""
        if self.env["pa.firma.richiesta"]._used_elsewhere(self, data):
            raise UserError(self.env._("This very file already completed another step: sign again."))
        report = self.env["pa.firma.verifica"]._report(self._firma_company(), data, original=given, pdf=True)
        reasons = self._reasons_report(report)
        if reasons:
            raise UserError("\n".join(reasons))
        return data, report

    def _reasons_report(self, report):
        """Reasons why a verification report does not prove this person's signature on this document."""
        Firma = self.env["pa.firma"]
        if report.get("verdict") != "valid" or report.get("matches_original") is not True:
            details = [Firma._explain(reason) for reason in report.get("reasons", [])]
            return [self.env._("The signature is not accepted: %s", "; ".join(details) or self.env._("cannot be determined"))]
        added = Firma._added(report)
        if len(added) != 1:
            return [self.env._("The file must hold one new signature, yours.")]
        mine, user = added[0], self.env.user
        if not user.pa_codice_fiscale or mine["codice_fiscale"] != user.pa_codice_fiscale:
            return [
                self.env._(
                    "The signature is of %(signer)s, this step waits for %(who)s (%(cf)s).",
                    signer=" ".join(filter(None, (mine["signer"], mine["codice_fiscale"]))),
                    who=user.name,
                    cf=user.pa_codice_fiscale,
                )
            ]
        return []
