"""What to load, worked out from the files alone: opening balances, lines of each act, and the totals to expect.

Nothing here asks the database, so that the totals are an independent check of what the database says afterwards.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

NEW, LINKED, SUB, SUBSUB, PAYMENT = "Impegno", "Impegno collegato", "Subimpegno", "SottoSubimpegno", "Liquidazione"
KNOWN = {NEW, "Prenotazione", LINKED, SUB, SUBSUB, PAYMENT}
ZERO = Decimal(0)


@dataclass(eq=False)
class Target:
    """A commitment that lines refer to: an opening balance, or one that an act of the files creates."""

    capitolo: str
    year: int
    number: int
    sub: int = 0
    amount: Decimal = ZERO
    used: Decimal = ZERO
    opening: bool = True
    parent: "Target | None" = None
    rows: list = field(default_factory=list)
    creditore: str = ""
    printed: Decimal = ZERO  # what the files themselves say of it: the rest of `amount` is supposed

    @property
    def supposed(self):
        return self.amount - self.printed

    @property
    def room(self):
        return self.amount - self.used


@dataclass(eq=False)
class Line:
    """An accounting line to write on an act. Several lines may come from one row of the file."""

    row: int
    kind: str
    amount: Decimal
    capitolo: str = ""
    year: int = 0
    target: Target | None = None
    makes: Target | None = None
    reservation: "Line | None" = None
    source: object = None


@dataclass(eq=False)
class PlannedAct:
    act: object
    lines: list = field(default_factory=list)


class Plan:
    """:ivar openings: Targets to load first, parents before children
    :ivar acts: PlannedActs in order of date
    :ivar refused: file row -> reason
    :ivar supposed: file row -> what had to be supposed to load it
    :ivar remarks: sentences on what the files do not say and was supposed
    """

    def __init__(self, acts, lines):
        self.lines = lines
        self.targets, self.reservations = {}, {}
        self.refused, self.supposed, self.remarks = {}, {}, []
        self.acts = [PlannedAct(act) for act in sorted(acts, key=_order)]
        self._made_in_files = self._first_uses()
        for planned in self.acts:
            self._plan_lines(planned)
        for target in [t for t in self.targets.values() if t.opening and not t.parent]:
            self._widen(target)
        self.top = defaultdict(int)
        for target in self.targets.values():
            self.top[target.year] = max(self.top[target.year], target.number)
        for planned in self.acts:
            self._plan_payments(planned)
        self.openings = sorted((t for t in self.targets.values() if t.opening), key=lambda t: (t.sub, t.year, t.number))

    def _first_uses(self):
        """Keys of commitments that an act of the files creates before any other refers to them."""
        seen, made = set(), set()
        for planned in self.acts:
            for row in planned.act.rows:
                if row.tipo == NEW and row.n_definitivo and row.key not in seen:
                    made.add(row.key)
                seen.add(row.key)
        return made

    # -- commitments

    def _plan_lines(self, planned):
        for row in planned.act.rows:
            reason = self._unusable(row)
            if reason:
                self.refused[row.row] = reason
            elif row.tipo in (NEW, "Prenotazione"):
                planned.lines.append(self._new(row))
            elif row.tipo == LINKED:
                planned.lines.append(Line(row.row, "riferimento", row.amount, target=self._linked(row), source=row))
            elif row.tipo in (SUB, SUBSUB):
                planned.lines.append(self._sub(row))

    @staticmethod
    def _unusable(row):
        if row.tipo not in KNOWN:
            return f"the kind of line {row.tipo!r} is not known"
        if row.amount is None:
            return "the line has no amount"
        if row.amount <= 0:
            return f"the amount {row.amount} is not positive"
        if row.tipo != PAYMENT and not (row.capitolo and row.year):
            return "the line names no chapter or year"
        if row.tipo in (LINKED, SUB, SUBSUB) and not row.n_definitivo:
            return "the line does not say which commitment it refers to"
        if row.esito and not row.esito.lower().startswith("favorevol"):
            return f"the visa was {row.esito}"
        return None

    def _new(self, row):
        reserved = row.tipo == "Prenotazione" or (not row.n_definitivo and row.n_provvisorio)
        line = Line(row.row, "prenotazione" if reserved else "impegno", row.amount, row.capitolo, row.year, source=row)
        reservation = (row.capitolo, row.year, row.n_provvisorio)
        if reserved:
            self.reservations[reservation] = line
            return line
        line.reservation = self.reservations.get(reservation) if row.n_provvisorio else None
        line.makes = Target(row.capitolo, row.year, row.n_definitivo, amount=row.amount, opening=False, creditore=row.creditore)
        if row.n_definitivo and row.key in self._made_in_files:
            self.targets.setdefault((*row.key, 0), line.makes)
        return line

    def _root(self, row, amount=ZERO):
        target = self.targets.get((*row.key, 0))
        if target is None:
            target = Target(*row.key, creditore=row.creditore)
            self.targets[(*row.key, 0)] = target
        if target.opening:
            target.amount = target.printed = max(target.amount, amount)
            target.rows.append(row.row)
        return target

    def _linked(self, row):
        target = self._root(row, row.amount)
        return self._existing_sub(row, target, row.amount) if row.n_sub else target

    def _existing_sub(self, row, parent, amount):
        sub = self.targets.get((*row.key, row.n_sub))
        if sub is None:
            sub = Target(*row.key, row.n_sub, parent=parent, creditore=row.creditore)
            self.targets[(*row.key, row.n_sub)] = sub
        sub.rows.append(row.row)
        sub.amount = max(sub.amount, amount)
        return sub

    def _sub(self, row):
        """A new sub-commitment; a sub-sub one hangs from the sub whose number the file gives."""
        parent = self._root(row, row.amount_parent)
        if row.tipo == SUBSUB:
            parent = self._existing_sub(row, parent, ZERO)
        line = Line(row.row, "subimpegno", row.amount, row.capitolo, row.year, target=parent, source=row)
        line.makes = Target(*row.key, amount=row.amount, opening=False, parent=parent, creditore=row.creditore)
        parent.used += row.amount
        return line

    def _widen(self, root):
        """The visto often prints 0.00 for the parent of a sub: it is then at least what its subs take."""
        for sub in (t for t in self.targets.values() if t.parent is root):
            sub.amount = max(sub.amount, sub.used)
            root.used += sub.amount
        if root.amount < root.used:
            if root.amount:
                self.remarks.append(
                    f"commitment {root.number}/{root.year} of chapter {root.capitolo}: the files say {root.amount}, "
                    f"its sub-commitments take {root.used}"
                )
            root.amount = root.used

    # -- payment approvals

    def _plan_payments(self, planned):
        rows = [r for r in planned.act.rows if r.tipo == PAYMENT and r.row not in self.refused]
        targets = self._targets_of(planned)
        for row, parts in self._allocate(rows, targets):
            if parts is None:
                parts = self._infer(row, planned, targets)
            if parts is None:
                self.refused[row.row] = (
                    "the act has no commitment line for this payment approval" if not targets else
                    "the payment approval exceeds the commitments of its act, which are on several chapters"
                )
                continue
            for target, amount in parts:
                planned.lines.append(Line(row.row, "liquidazione", amount, target=target, source=row))

    @staticmethod
    def _targets_of(planned):
        """What the act's payment approvals can take from: its own lines' commitments first, then their parents."""
        found = [t for line in planned.lines for t in [line.makes or line.target] if t and line.kind != "prenotazione"]
        parents = [p for t in found for p in _ancestors(t)]
        return list(dict.fromkeys(found + parents))

    @staticmethod
    def _allocate(rows, targets):
        """Exact amounts first, then the smallest room that is enough, then split in order."""
        done = {}
        for row in rows:
            exact = next((t for t in targets if t.room == row.amount), None)
            if exact:
                exact.used += row.amount
                done[row.row] = [(exact, row.amount)]
        for row in rows:
            if row.row in done:
                continue
            enough = min((t for t in targets if t.room >= row.amount), key=lambda t: t.room, default=None)
            if enough:
                enough.used += row.amount
                done[row.row] = [(enough, row.amount)]
            elif sum(t.room for t in targets) >= row.amount:
                done[row.row] = _split(row.amount, targets)
        return [(row, done.get(row.row)) for row in rows]

    def _infer(self, row, planned, targets):
        """The file approves more than its commitments say: another one existed, on the act's only chapter and year."""
        places = {(t.capitolo, t.year) for t in targets}
        if len(places) != 1:
            return None
        (capitolo, year), = places
        self.top[year] += 1
        target = Target(capitolo, year, self.top[year], amount=row.amount, used=row.amount)
        target.rows.append(row.row)
        self.targets[(capitolo, year, target.number, 0)] = target
        self.supposed[row.row] = (
            f"{row.amount} approved beyond the commitments printed: one more on chapter {capitolo}, year {year}"
        )
        return [(target, row.amount)]


def expected(plan, refused, not_opened):
    """(chapter, year) -> totals to find: ``impegnato``, ``prenotato``, ``liquidato``, without what was refused.

    ``supposed`` is the part of ``impegnato`` that the files do not print.
    """
    totals = defaultdict(lambda: dict.fromkeys(("impegnato", "prenotato", "liquidato", "supposed"), ZERO))
    for target in plan.openings:
        if not target.parent and target not in not_opened:
            totals[target.capitolo, target.year]["impegnato"] += target.amount
            totals[target.capitolo, target.year]["supposed"] += target.supposed
    for planned in plan.acts:
        for line in planned.lines:
            if line.row in refused:
                continue
            if line.kind in ("impegno", "prenotazione"):
                name = {"impegno": "impegnato", "prenotazione": "prenotato"}[line.kind]
                totals[line.capitolo, line.year][name] += line.amount
                if line.reservation:
                    totals[line.capitolo, line.year]["prenotato"] -= line.amount
            elif line.kind == "liquidazione":
                totals[line.target.capitolo, line.target.year]["liquidato"] += line.amount
    return dict(totals)


def _split(amount, targets):
    parts = []
    for target in targets:
        part = min(target.room, amount)
        if part > 0:
            target.used += part
            amount -= part
            parts.append((target, part))
    return parts


def _ancestors(target):
    while target.parent:
        target = target.parent
        yield target


def _order(act):
    days = [d for d in (act.date_settore, act.date_generale, *(r.date_visto for r in act.rows)) if d]
    return (max(days).toordinal() if days else 0, act.number_generale, act.id)
