from odoo import models

from ..tools.money import dec, euro

COMMITTING = ("impegno", "prenotazione", "subimpegno")


class PaAtto(models.Model):
    """The accounting part of the act's documents."""

    _inherit = "pa.atto"

    def _document_context(self):
        return {**super()._document_context(), "accounting": self._document_accounting()}

    def _document_accounting(self):
        """Rows and total as the page shows them, in the language of the law; None where there is nothing to show."""
        atto = self.sudo().with_context(lang="it_IT")  # the page carries every line, whoever makes it be rendered
        if not atto.riga_ids:
            return None
        return {
            "rows": [riga._document_row() for riga in atto.riga_ids],
            "totals": atto._document_totals(),
            "commits": any(riga.kind in COMMITTING for riga in atto.riga_ids),
        }

    def _document_totals(self):
        """(label, amount) for each kind of line: what is committed and what is approved are never added together."""
        labels = dict(self.env["pa.atto.riga"]._fields["kind"]._description_selection(self.env))
        totals = {}
        for riga in self.riga_ids.filtered(lambda r: r.kind != "riferimento"):
            totals[riga.kind] = totals.get(riga.kind, 0) + dec(riga.amount)
        return [(labels[kind], euro(amount)) for kind, amount in totals.items()]


class PaAttoRiga(models.Model):
    _inherit = "pa.atto.riga"

    def _document_row(self):
        self.ensure_one()
        stanziamento = self.impegno_id.stanziamento_id or self.prenotazione_id.stanziamento_id or self._stanziamento()
        classification = (stanziamento.programma_id.code, stanziamento.pdc_id.code)
        return {
            "kind": dict(self._fields["kind"]._description_selection(self.env))[self.kind],
            "target": self.target,
            "classification": " – ".join(filter(None, classification)),
            "year": self.year,
            "creditor": self.partner_id.display_name or "",
            "codes": " ".join(filter(None, (self.cig, self.cup))),
            "amount": euro(self.amount),
        }
