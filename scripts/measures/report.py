"""The results as JSON, as text, and kept in docs/."""

import json
import os
import platform
from datetime import date
from pathlib import Path

TITLES = {
    "a": "One act with one impegno, against one journal entry",
    "b": "Registering an impegno, against bare SQL",
    "c": "Situation of the chapters, against the bare SELECT of the counters",
    "d": "The same figures from OCA's account_budget_oca",
    "e": "First page of the acts, against journal entries",
    "f": "Render and sign, against bare WeasyPrint and pyHanko",
    "g": "Three approvals in sequence, against OCA's base_tier_validation",
    "h": "A batch signed, against bare pyHanko and the private key",
    "i": "A file of twenty signatures verified, against bare pyHanko",
    "j": "What pages, signatures and megabytes cost, against bare pyHanko",
}


def build(env, results, scale):
    """All that a reader needs to judge the figures."""
    env.cr.execute("SHOW server_version")
    (postgres,) = env.cr.fetchone()
    return {
        "date": str(date.today()),
        "scale": scale,
        "machine": {
            "cores": os.cpu_count(),
            "processor": platform.machine(),
            "python": platform.python_version(),
            "postgresql": postgres,
            "load": round(os.getloadavg()[0], 2),
        },
        "items": results,
    }


def as_json(result):
    """For machines."""
    return json.dumps(result, indent=1, ensure_ascii=False)


def _verdict(line):
    if not line.get("aim"):
        return "shown"
    return "reached" if line["ratio"] <= line["aim"] else "not reached"


def _duration(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def rows(result):
    """(item, cells) for every line."""
    for item, lines in result["items"].items():
        for line in lines:
            ratio = f"{line['ratio']:.2f}" if line["ratio"] >= 0.1 else f"1/{1 / line['ratio']:.0f}"
            aim = {None: "", 0.05: "≤ 1/20", 0.2: "≤ 1/5"}.get(line["aim"], f"≤ {line['aim']}")
            notes = [f"{line['queries']} : {line['against_queries']} queries"] if "queries" in line else []
            if "ours_growth" in line:
                notes.append(f"with more movements × {line['ours_growth']} : × {line['against_growth']}")
            yield item, (
                line["what"], f"{line['ours']}: {_duration(line['ours_seconds'])}",
                f"{line['against']}: {_duration(line['against_seconds'])}", ratio, aim, _verdict(line), ", ".join(notes),
            )


def as_text(result):
    """For people."""
    machine = result["machine"]
    text = [
        f"{result['date']}, {machine['cores']} cores, PostgreSQL {machine['postgresql']}, "
        f"Python {machine['python']}, load {machine['load']}, scale {result['scale']}"
    ]
    seen = None
    for item, cells in rows(result):
        if item != seen:
            text.append(f"\n({item}) {TITLES[item]}")
            seen = item
        what, ours, theirs, ratio, aim, verdict, notes = cells
        text.append(f"  {what}\n    {ours}\n    {theirs}\n    ratio {ratio}  {aim}  {verdict}  {notes}".rstrip())
    return "\n".join(text)


def keep(result, root):
    """Write docs/bench.json and docs/bench.md: the items measured now, beside the others as they were kept. The remarks
    below the tables are the reader's and stay."""
    folder = Path(root) / "docs"
    folder.mkdir(exist_ok=True)
    kept = folder / "bench.json"
    if kept.exists():
        items = {**json.loads(kept.read_text())["items"], **result["items"]}
        result = {**result, "items": dict(sorted(items.items()))}
    kept.write_text(as_json(result) + "\n")
    page = folder / "bench.md"
    old = page.read_text() if page.exists() else ""
    remarks = old.partition("\n## Remarks\n")[2]
    machine = result["machine"]
    lines = [
        "# Bench",
        "",
        f"`./pa bench`, {result['date']}: {machine['cores']} cores, PostgreSQL {machine['postgresql']}, "
        f"Python {machine['python']}, load average {machine['load']}. Medians, the contenders of an item taking turns in one run.",
    ]
    seen = None
    for item, cells in rows(result):
        if item != seen:
            lines += ["", f"## ({item}) {TITLES[item]}", ""]
            lines += ["| what | ours | against | ratio | aim | | |", "|---|---|---|---|---|---|---|"]
            seen = item
        lines.append("| " + " | ".join(cells) + " |")
    page.write_text("\n".join(lines) + "\n" + (f"\n## Remarks\n{remarks}" if remarks else ""))
