from functools import partial

from odoo import models

from ..tools import sign_file
from ..tools.transaction import own_transaction

_MAX_CANDIDATES = 40


class PaAttoDocumento(models.Model):
    """Verification of any document of an act: what it signs is found among the documents of the act."""

    _inherit = "pa.atto.documento"

    def _verify_any(self, at=None, original=None):
        """Verification report of this document, whatever its form, in a process of its own.

        :param at: aware datetime of judgement (now when missing)
        :param original: the document that it signs, when the person chose it
        """
        return self._verify_found(at, original)[0]

    def _verify_found(self, at=None, original=None):
        """(report, document that it signs or an empty recordset)."""
        self.ensure_one()
        data, stamp = self._bytes(), self._own_timestamp()
        verify = partial(self.env["pa.firma.verifica"]._report, self.company_id, data, at=at, timestamp=stamp)
        known = original or self._known_original()
        if known:
            return verify(original=self._signed_in_me(known)), known
        report = verify()
        if not any(reason["code"] == "detached" for reason in report["reasons"]):
            return report, self.browse()
        for candidate in self._candidates():
            found = verify(original=candidate._bytes())
            if found.get("matches_original"):
                return found, candidate
        return report, self.browse()

    def _own_timestamp(self):
        """Bytes of the first timestamp applied to this document, or None."""
        stamps = self._timestamps()[:1]
        return stamps._bytes() if stamps else None

    def _known_original(self):
        """What this document was made of here, if it is a signed, sealed or stamped one."""
        made_here = self.kind in ("firmato", "sigillato", "marca") or self._is_signed_copy()
        return self.sudo().derived_from_id.sudo(False) if made_here else self.browse()

    def _signed_in_me(self, original):
        """The bytes that must be inside this document, made of those of `original`."""
        # What was signed is inside the signed document, or its hash is.
        data = original.sudo()._bytes()
        forms = {mimetype: form for form, mimetype in sign_file.MIMETYPES.items()}
        form = forms.get(self.mimetype) if self._is_signed_copy() else ""
        return sign_file.expected_inside(data, form) or data

    def _candidates(self):
        """The documents of the act that this person reads and that a detached signature may be of: those with the same
        beginning of the name first."""
        others = (self.atto_id.documento_ids - self)._filtered_access("read").filtered("size")
        stem = self.name.split(".")[0].lower()
        return others.sorted(lambda d: (not d.name.lower().startswith(stem), -d.id))[:_MAX_CANDIDATES]

    def action_verify(self):
        """Verify now and show the verdict."""
        self.ensure_one()
        self.check_access("read")
        with own_transaction(self.env) as env:  # not open while authorities are asked
            wizard_id = env["pa.firma.verdetto"].create({"documento_id": self.id}).id
        return self.env["pa.firma.verdetto"].browse(wizard_id).action_judge()
