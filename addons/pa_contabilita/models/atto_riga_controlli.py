from odoo import models
from odoo.addons.pa_atti.tools.giorno import today

from ..tools.cig import check_cig, check_cup
from ..tools.money import dec, euro
from .atto_riga import NEW


class PaAttoRiga(models.Model):
    """Reasons why a line cannot go on: the same list for the button, the message and the refusal."""

    _inherit = "pa.atto.riga"

    def _reasons(self):
        """Reasons (list of str) why these lines cannot start the procedure."""
        reasons = []
        for riga in self:
            label = riga.sudo().capitolo_id.code or riga.sudo().impegno_id.name or "?"  # named whoever asks
            reasons += [f"{label}/{riga.year or '?'}: {text}" for text in riga._reasons_alone()]
        return reasons

    def _reasons_alone(self):
        self.ensure_one()
        if not self._is_stored_so() and not self._may_read_aims():
            return [self.env._("the chapter belongs to another office")]
        riga = self.sudo()  # totals of chapters that the author may not read
        found = riga._reasons_new() if riga.kind in NEW else riga._reasons_on_impegno()
        return found + riga._reasons_office() + riga._reasons_codes()

    def _reasons_new(self):
        capitolo, stanziamento = self.capitolo_id, self._stanziamento() if self.capitolo_id else None
        if not capitolo:
            return [self.env._("choose the chapter")]
        reasons = []
        if capitolo.side != "expense" or not capitolo.active:
            reasons.append(self.env._("only a chapter of spending in use can be committed"))
        if capitolo.no_impegni or (stanziamento or capitolo)._is_provision():
            reasons.append(self.env._("nothing is committed on funds and provisions (TUEL art. 167)"))
        if not stanziamento:
            return reasons + [self.env._("there is no appropriation for this year")]
        reasons += self._reasons_esercizio(stanziamento)
        reasons += self._reasons_prenotazione() + self._reasons_year() + self._reasons_room(self._target())
        if self.kind == "impegno":
            reasons += self._reasons_impegno(stanziamento)
        return reasons

    def _reasons_esercizio(self, stanziamento):
        """Asked when the act starts and again at the visto: years end in between."""
        esercizio = stanziamento.esercizio_id
        if esercizio.state == "closed" or esercizio.year < today().year:
            return [self.env._("the year is over: nothing new is committed on a past year")]
        if esercizio.bilancio_id.state == "draft":
            return [self.env._("the budget of this year is still a draft")]
        return []

    def _reasons_prenotazione(self):
        """A commitment made of a reservation stays on its chapter and year."""
        reserved = self.prenotazione_id
        if not reserved:
            return []
        if self.kind != "impegno" or reserved.kind != "prenotazione":
            return [self.env._("only a commitment is made of a reservation")]
        if (reserved.capitolo_id, reserved.year) != (self.capitolo_id, self.year):
            return [self.env._("the reservation is on another chapter or year")]
        return []

    def _reasons_year(self):
        """Later years need a reason (TUEL art. 183 c.6)."""
        if self.year > today().year and self.capitolo_id.titolo_id.code == "1" and not (self.multiyear_reason or "").strip():
            return [self.env._("current spending on later years needs its reason (TUEL art. 183 c.6)")]
        return []

    def _reasons_room(self, target):
        if target._name == "pa.stanziamento" and target.no_ceiling and not self.prenotazione_id:
            return []
        room = self._room() - self._asked_before(target)
        if dec(self.amount) > room:
            return [self.env._("%(asked)s are asked and %(room)s are left", asked=euro(self.amount), room=euro(room))]
        return []

    def _asked_before(self, target):
        """What the lines above this one ask of the same room, beyond what they hold already."""
        asked = 0
        for riga in self.atto_id.riga_ids:
            if riga == self:
                break
            if riga.state != "done" and riga._target() == target:
                own = target in (riga.held_stanziamento_id, riga.held_impegno_id)
                asked += dec(riga.amount) - (dec(riga.held) if own else 0)
        return asked

    def _reasons_impegno(self, stanziamento):
        """Amount, creditor, reason, due date, transazione elementare (TUEL art. 183; 118 arts. 5-7)."""
        wanted = {
            "partner_id": self.env._("the creditor is missing"),
            "date_due": self.env._("the due date is missing"),
        }
        reasons = [text for name, text in wanted.items() if not self[name]]
        if not (stanziamento.programma_id and stanziamento.pdc_id):
            reasons.append(self.env._("the chapter lacks its programme or level 5 code"))
        if not self.cig and not self.cig_reason:
            reasons.append(self.env._("give the CIG or why there is none (L. 136/2010 art. 3)"))
        if self.capitolo_id.titolo_id.code == "2" and not (self.cup or self.prenotazione_id.cup):
            reasons.append(self.env._("an investment without CUP is null (L. 3/2003 art. 11 c.2-bis)"))
        return reasons

    def _reasons_on_impegno(self):
        if self.source_riga_id and (self.impegno_id or self.kind != "liquidazione"):
            return [self.env._("a line takes either from an existing commitment or from a line of this act")]
        if self.prenotazione_id:
            return [self.env._("only a commitment is made of a reservation")]
        if self.source_riga_id:
            return self._reasons_source()
        impegno = self.impegno_id
        if not impegno:
            return [self.env._("choose the commitment")]
        if (self.capitolo_id, self.year) != (impegno.capitolo_id, impegno.year):
            return [self.env._("the chapter and year are those of the commitment")]
        if self.kind == "riferimento":
            return []
        reasons = self._reasons_room(impegno)
        if self.kind == "liquidazione":
            reasons += self._reasons_liquidazione(impegno)
        if self.kind in ("subimpegno", "liquidazione") and impegno.kind != "impegno":
            reasons.append(self.env._("a reservation must become a commitment first (TUEL art. 183 c.3)"))
        if self.kind == "subimpegno" and impegno.subsub_number:
            reasons.append(self.env._("there is no level below this one"))
        if self.kind in ("subimpegno", "liquidazione") and not self.partner_id:
            reasons.append(self.env._("the creditor is missing"))
        return reasons

    def _reasons_liquidazione(self, impegno):
        """What falls due later is not approved now; another creditor (an assignment of credit) is explained."""
        reasons = []
        if impegno.year > today().year:
            reasons.append(self.env._("the commitment falls due in %s", impegno.year))
        if impegno.partner_id and self.partner_id != impegno.partner_id and not (self.description or "").strip():
            reasons.append(self.env._("the creditor is not the commitment's: write why in the reason"))
        return reasons

    def _reasons_office(self):
        """An act spends on the chapters of its own sector, whoever writes the line; the finance office on all."""
        office, author = self.capitolo_id and self.capitolo_id._office_in(self.year), self.atto_id.user_id
        if not office or author.has_group("pa_contabilita.group_ragioneria"):
            return []
        if office._pa_settore() != self.atto_id.department_id._pa_settore():
            return [self.env._("the chapter belongs to another office")]
        return []

    def _reasons_source(self):
        source = self.source_riga_id
        if source.atto_id != self.atto_id or source.kind not in ("impegno", "subimpegno"):
            return [self.env._("the payment approval must point at a commitment of this act")]
        asked = sum(
            dec(r.amount) for r in self.atto_id.riga_ids if r.kind == "liquidazione" and r.source_riga_id == source
        )
        if asked > dec(source.amount):
            return [self.env._("%(asked)s are asked and %(room)s are left", asked=euro(asked), room=euro(source.amount))]
        return []

    def _reasons_codes(self):
        reasons = []
        if self.cig and (why := check_cig(self.cig)):
            reasons.append(self._code_message("CIG", self.cig, why))
        if self.cup and (why := check_cup(self.cup)):
            reasons.append(self._code_message("CUP", self.cup, why))
        return reasons

    def _code_message(self, label, code, why):
        texts = {
            "length": self.env._("%(label)s %(code)s has the wrong length", label=label, code=code),
            "format": self.env._("%(label)s %(code)s is malformed", label=label, code=code),
            "check": self.env._("%(label)s %(code)s has wrong check digits", label=label, code=code),
        }
        return texts[why]
