"""Playing a plan through the public methods, each call in a transaction of its own, as the web client would."""

import time

from odoo import api, fields
from odoo.addons.pa_atti.tools.giorno import on_day, today
from odoo.exceptions import AccessError, UserError, ValidationError

from scripts.calls import call
from scripts.real_acts.municipality import Municipality, type_of

REFUSALS = (UserError, AccessError, ValidationError, ValueError)
NO_CIG = "AMMINISTRAZIONE DIRETTA"


class Player:
    """:ivar refused: file row -> reason, those of the plan included
    :ivar not_opened: opening balances that could not be loaded
    """

    def __init__(self, env, plan):
        self.registry, self.plan = env.registry, plan
        self.refused, self.remarks, self.not_opened = dict(plan.refused), list(plan.remarks), set()
        self.records, self.lines, self.partners = {}, {}, {}
        self.acts, self.problems, self.seconds, self.no_cig = {}, [], 0.0, 0
        self.town = Municipality(plan)

    def call(self, function, *args, user=api.SUPERUSER_ID):
        return call(self.registry, function, *args, user=user)

    def prepare(self, peg):
        """People, office, registers, budget, chapters; returns what the import of the PEG refused."""
        self.call(self.town.prepare_people)
        self.call(self.town.prepare_registers)
        return self.call(self.town.prepare_budget, peg)

    # -- opening balances

    def load_openings(self):
        self.call(self._prepare_partners)
        for target in self.plan.openings:
            try:
                self.records[target] = self.call(self._load_opening, target)
            except REFUSALS as error:
                self.not_opened.add(target)
                self._refuse(target.rows, f"commitment {target.number}/{target.year}: {error}")

    def _load_opening(self, env, target):
        capitolo = env["pa.capitolo"]._find(env.company, target.capitolo)
        if not capitolo:
            raise UserError(f"chapter {target.capitolo} is not in the budget")
        vals = {"sub_number": target.sub} if target.sub else {}
        return env["pa.impegno"]._load_opening(
            capitolo, target.year, target.number, target.amount, **vals,
            partner_id=self._partner(env, target.creditore), date=fields.Date.to_date(f"{target.year}-01-01"),
        ).id

    def _partner(self, env, code):
        code = code or "Creditore non indicato"
        if code not in self.partners:
            self.partners[code] = env["res.partner"].create({"name": code, "is_company": True}).id
        return self.partners[code]

    def _refuse(self, rows, reason):
        for row in rows:
            self.refused.setdefault(row, " ".join(str(reason).split()))

    # -- acts

    def play(self):
        """All the events of all the acts, in order of date."""
        start = time.monotonic()
        for day, _order, planned, method in sorted(self._events(), key=lambda event: event[:2]):
            with on_day(day):
                try:
                    method(planned)
                except REFUSALS as error:
                    self._refuse([line.row for line in planned.lines], error)
                    self.problems.append(f"{planned.act.tipo} {planned.act.id}: {' '.join(str(error).split())}")
        self.seconds = time.monotonic() - start

    def _prepare_partners(self, env):
        for row in self.plan.lines:
            self._partner(env, row.creditore)

    def _events(self):
        last = None
        for order, planned in enumerate(self.plan.acts):
            act = planned.act
            visto = next((r.date_visto for r in act.rows if r.date_visto), None)
            concluded = act.date_generale or visto or act.date_settore or last
            if concluded is None:
                self.problems.append(f"{act.tipo} {act.id}: the files give it no date")
                self._refuse([line.row for line in planned.lines], "the act has no date")
                continue
            last = concluded
            yield min(act.date_settore or concluded, concluded), (order, 0), planned, self._start
            yield concluded, (order, 1), planned, self._conclude
            if act.date_pubblicazione:
                yield max(act.date_pubblicazione, concluded), (order, 2), planned, self._publish

    def _start(self, planned):
        user = self.town.users["istruttore"]
        atto_id = self.call(self._create, planned, user=user)
        self.acts[planned] = atto_id
        self.call(lambda env: env["pa.atto"].browse(atto_id).action_start(), user=user)
        self._advance(atto_id, ("firma", "parere"))

    def _create(self, env, planned):
        act = planned.act
        vals = {
            "tipo_id": env.ref("pa_atti.tipo_" + type_of(act, planned.lines)).id, "department_id": self.town.office_id,
            "oggetto": f"{act.tipo} {act.id}", "dispositivo": "<p>Atto ricostruito dal registro pubblico.</p>",
        }
        atto = env["pa.atto"].create(vals)
        for line in planned.lines:
            if line.row not in self.refused:
                self._create_line(env, atto, line)
        self._drop_unacceptable(atto)
        return atto.id

    def _create_line(self, env, atto, line):
        try:
            with env.cr.savepoint():
                self.lines[line] = env["pa.atto.riga"].create(self._prepare_line(env, atto, line)).id
        except REFUSALS as error:
            self._refuse([line.row], error)

    def _prepare_line(self, env, atto, line):
        row = line.source
        vals = {"atto_id": atto.id, "kind": line.kind, "amount": line.amount, "description": row.description[:250]}
        if line.kind in ("impegno", "prenotazione"):
            capitolo = env["pa.capitolo"].sudo()._find(env.company, line.capitolo)
            if not capitolo:
                raise UserError(f"chapter {line.capitolo} is not in the budget")
            vals |= {"capitolo_id": capitolo.id, "year": line.year}
        else:
            vals |= self._prepare_reference(line)
        if line.kind != "liquidazione":
            vals["partner_id"] = self._partner(env, row.creditore or getattr(line.target, "creditore", ""))
        if line.kind in ("impegno", "prenotazione", "subimpegno"):
            vals |= {"date_due": f"{max(line.year, today().year)}-12-31", "cig": row.cig, "cup": row.cup}
            if not row.cig and line.kind == "impegno":
                self.no_cig += 1
                vals["cig_reason"] = NO_CIG
            if line.year > today().year:
                vals["multiyear_reason"] = "Contratto pluriennale (art. 183 c. 6 lett. a)"
        if line.reservation:
            vals["prenotazione_id"] = self._result_of(env, line.reservation)
        return vals

    def _prepare_reference(self, line):
        """Where the line takes its room: a commitment that exists, or one that another line of the act makes."""
        if line.target in self.records:
            return {"impegno_id": self.records[line.target]}
        maker = next((made for made in self.lines if made.makes is line.target), None)
        if maker is None:
            raise UserError("the commitment that it refers to could not be loaded")
        return {"source_riga_id": self.lines[maker]}

    def _result_of(self, env, line):
        if line not in self.lines:
            raise UserError("the reservation that it refers to could not be loaded")
        return env["pa.atto.riga"].sudo().browse(self.lines[line]).result_impegno_id.id

    def _drop_unacceptable(self, atto):
        """Lines that the procedure would refuse are taken out, with the reason, and so are those that lean on them."""
        names = {record_id: line for line, record_id in self.lines.items()}
        dropped = atto.riga_ids.browse()
        for riga in atto.riga_ids:
            reasons, line = riga._reasons(), names[riga.id]
            if riga.source_riga_id in dropped:
                reasons.append("the commitment that it refers to was refused")
            if reasons or line.row in self.refused:
                self._refuse([line.row], "; ".join(reasons))
                self.lines.pop(line)
                dropped |= riga
        dropped.sorted(lambda riga: bool(riga.source_riga_id), reverse=True).unlink()

    def _conclude(self, planned):
        if planned not in self.acts:
            return
        self._advance(self.acts[planned], ("firma", "parere", "visto", "attesa", "controllo", "esecutivita", "numerazione"),
                      planned.act)
        made = [line for line in planned.lines if line.makes and line in self.lines]
        self.call(self._remember, made)

    def _remember(self, env, made):
        for line in made:
            record = env["pa.atto.riga"].browse(self.lines[line]).result_impegno_id
            if record:
                self.records[line.makes] = record.id

    def _publish(self, planned):
        if planned in self.acts:
            self._advance(self.acts[planned], ("pubblicazione",))

    def _advance(self, atto_id, kinds, act=None):
        """Complete, one after the other and each as its assignee, the steps under way of these kinds."""
        while True:
            found = self.call(self._next_step, atto_id, kinds)
            if not found:
                return
            passo_id, user_id = found
            self.call(self._complete, passo_id, act, user=user_id)

    @staticmethod
    def _complete(env, passo_id, act):
        """Files say who was present, not how they voted: a declared immediate enforceability is supposed unanimous."""
        step = env["pa.atto.passo"].browse(passo_id)
        if act and act.immediate and act.present and step._is_vote():
            step.action_vote("Come dichiarato dall'organo", act.present + (act.absent or 0), act.present, act.present)
        else:
            step.action_complete()

    @staticmethod
    def _next_step(env, atto_id, kinds):
        step = env["pa.atto"].browse(atto_id).current_passo_ids.filtered(lambda p: p.kind in kinds)[:1]
        if step and not step.user_ids:
            raise UserError(f"nobody can do step {step.name}")
        return (step.id, step.user_ids[0].id) if step else None
