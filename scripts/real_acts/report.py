"""What happened, as a dictionary and as text."""

from collections import Counter

from .plan import expected

COUNTERS = ("impegnato", "prenotato", "liquidato")


def build(env, player, peg_refused):
    """The report; ``env`` sees what was committed."""
    plan = player.plan
    loaded = [row for row in plan.lines if row.row not in player.refused]
    numbers, same = _numbers(env), _numbers_as_in_the_files(env, player)
    problems = env["pa.quadratura"]._quadratura() + [
        text for registro in env["pa.registro"].search([]) for anno in registro.anno_ids for text in registro._verify(anno.year)
    ]
    return {
        "rows_total": len(plan.lines),
        "rows_with_amount": sum(1 for row in plan.lines if row.amount is not None),
        "rows_loaded": len(loaded),
        "rows_supposed": [
            {"id": row.id, "row": row.row, "reason": plan.supposed[row.row]} for row in loaded if row.row in plan.supposed
        ],
        "rows_refused": [
            {"id": row.id, "row": row.row, "reason": player.refused[row.row]}
            for row in plan.lines if row.row in player.refused
        ],
        "peg_refused": [{"row": row, "reason": reason} for row, reason in peg_refused],
        "chapters": _chapters(env, player),
        "acts": dict(Counter(planned.act.tipo for planned in player.acts)),
        "acts_concluded": env["pa.atto"].search_count([("number_generale", ">", 0)])
        + env["pa.atto"].search_count([("number_organo", ">", 0)]),
        "numbers": numbers,
        "numbers_as_in_the_files": same,
        "opening_balances": len(player.records) - sum(1 for t in player.records if not t.opening),
        "lines_without_cig": player.no_cig,
        "remarks": player.remarks,
        "problems": player.problems,
        "quadratura": not problems,
        "quadratura_problems": problems,
        "seconds_per_act": round(player.seconds / max(len(player.acts), 1), 3),
    }


def _chapters(env, player):
    wanted = expected(player.plan, player.refused, player.not_opened)
    found = {
        (s.capitolo_id.code, s.year): {name: f"{s[name]:.2f}" for name in COUNTERS}
        for s in env["pa.stanziamento"].search([])
    }
    rows = []
    for key in sorted({*wanted, *(k for k, v in found.items() if any(float(x) for x in v.values()))}, key=_natural):
        have = found.get(key, dict.fromkeys(COUNTERS, "0.00"))
        want = wanted.get(key, dict.fromkeys((*COUNTERS, "supposed"), 0))
        row = {"capitolo": key[0], "anno": key[1]}
        for name in COUNTERS:
            row |= {name: have[name], f"expected_{name}": f"{want[name]:.2f}"}
        row["supposed_impegnato"] = f"{want['supposed']:.2f}"
        rows.append(row)
    return rows


def _natural(key):
    return [int(part) if part.isdecimal() else 0 for part in key[0].split(".")], key[1]


def _numbers(env):
    result = {}
    for anno in env["pa.registro.anno"].search([], order="registro_id, year"):
        if anno.last_number >= anno.first_number:
            result[f"{anno.registro_id.code}/{anno.year}"] = {
                "first": anno.first_number, "last": anno.last_number, "count": anno.last_number - anno.first_number + 1,
            }
    return result


def _numbers_as_in_the_files(env, player):
    """How many acts got the very number of the files (which hold only part of each register)."""
    same = 0
    for planned, atto_id in player.acts.items():
        atto = env["pa.atto"].browse(atto_id)
        same += planned.act.number_generale in (atto.number_generale or -1, atto.number_organo or -1)
    return same


def _note(chapter, wrong):
    reserved = f"  reserved {chapter['prenotato']}" if float(chapter["prenotato"]) else ""
    supposed = f"  of which supposed {chapter['supposed_impegnato']}" if float(chapter["supposed_impegnato"]) else ""
    return reserved + supposed + ("  DIFFERENT" if chapter in wrong else "")


def _rate(part, whole):
    return f"{part} ({100 * part / max(whole, 1):.1f}%)"


def show(report):
    """The report for a person."""
    with_amount, loaded = report["rows_with_amount"], report["rows_loaded"]
    supposed = report["rows_supposed"]
    wrong = [c for c in report["chapters"] if any(c[n] != c[f"expected_{n}"] for n in COUNTERS)]
    lines = [
        f"Rows: {report['rows_total']}, with an amount {with_amount}, loaded {_rate(loaded, with_amount)},"
        f" {_rate(loaded - len(supposed), with_amount)} of them with nothing supposed",
        *(f"  refused: row {r['row']}, act {r['id']}: {r['reason']}" for r in report["rows_refused"]),
        *(f"  supposed: row {r['row']}, act {r['id']}: {r['reason']}" for r in supposed),
        *(f"  peg.csv row {r['row']} refused: {r['reason']}" for r in report["peg_refused"]),
        f"Opening balances loaded: {report['opening_balances']}; commitments without CIG in the files:"
        f" {report['lines_without_cig']}",
        *(f"  supposed: {text}" for text in report["remarks"]),
        "Acts: " + ", ".join(f"{name} {count}" for name, count in sorted(report["acts"].items())),
        *(f"  stopped: {text}" for text in report["problems"]),
        "Numbers given: "
        + ", ".join(f"{name} {n['first']}–{n['last']}" for name, n in report["numbers"].items())
        + f"; {report['numbers_as_in_the_files']} as in the files",
        f"{'chapter':>10} {'year':>5} {'committed':>14} {'expected':>14} {'approved':>14} {'expected':>14}",
        *(
            f"{c['capitolo']:>10} {c['anno']:>5} {c['impegnato']:>14} {c['expected_impegnato']:>14}"
            f" {c['liquidato']:>14} {c['expected_liquidato']:>14}" + _note(c, wrong)
            for c in report["chapters"]
        ),
        f"Chapters and years: {len(report['chapters'])}, different from expected: {len(wrong)} "
        " (expected = what the files print + what is supposed where they print 0.00 or too little)",
        "Reconciliation: " + ("in order" if report["quadratura"] else "; ".join(report["quadratura_problems"])),
        f"Seconds per act: {report['seconds_per_act']}",
    ]
    return "\n".join(lines)
