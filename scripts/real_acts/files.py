"""The three files of a folder, as records that say which row they came from."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from odoo.addons.pa_contabilita.tools.money import parse_amount
from odoo.addons.pa_contabilita.tools.spreadsheet import SpreadsheetError, read_rows

ACTS = ("id", "tipo", "n_settore", "data_settore", "n_generale", "data_generale")
ROWS = ("id", "tipo_riga", "capitolo", "esercizio", "n_provvisorio", "n_definitivo", "importo", "importo_liq")


class FolderError(Exception):
    """A sentence that says which file is missing or broken."""


@dataclass
class FileAct:
    """One line of atti.csv."""

    id: str
    tipo: str
    number_settore: int
    date_settore: date | None
    number_generale: int
    date_generale: date | None
    immediate: bool = False
    present: int = 0
    absent: int = 0
    date_pubblicazione: date | None = None
    rows: list = field(default_factory=list)

    @property
    def is_determina(self):
        return self.tipo.lower().startswith("determin")


@dataclass
class FileRow:
    """One line of righe.csv; ``amount`` is None where the file has none."""

    row: int
    id: str
    tipo: str
    date_visto: date | None
    esito: str
    capitolo: str
    year: int
    n_provvisorio: int
    n_definitivo: int
    n_sub: int
    amount_parent: Decimal
    amount: Decimal | None
    cig: str
    cup: str
    creditore: str
    description: str

    @property
    def key(self):
        """The root commitment that the row names."""
        return (self.capitolo, self.year, self.n_definitivo)


def _read(folder, name, required):
    path = Path(folder) / name
    if not path.is_file():
        raise FolderError(f"{path} is missing: the folder needs atti.csv, righe.csv and peg.csv.")
    try:
        return read_rows(path.read_bytes(), required)
    except SpreadsheetError as error:
        raise FolderError(f"{path} cannot be read: {' '.join(map(str, error.args))}.") from error


def _int(text):
    """A number of at most nine digits; anything else counts as not given."""
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _date(text):
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def _amount(text):
    try:
        return parse_amount(text)
    except ValueError:
        return None


def _capitolo(text):
    """``95.0`` and ``95`` are the same chapter."""
    number, _dot, article = (text or "").partition(".")
    return f"{number}.{article}" if article.strip("0") else number


def read_acts(folder):
    """The acts of atti.csv (list of FileAct), in the file's order."""
    return [
        FileAct(
            id=row["id"],
            tipo=row["tipo"],
            number_settore=_int(row["n_settore"]),
            date_settore=_date(row["data_settore"]),
            number_generale=_int(row["n_generale"]),
            date_generale=_date(row["data_generale"]),
            immediate=row.get("immediata", "").upper().startswith("S"),
            present=_int(row.get("presenti")),
            absent=_int(row.get("assenti")),
            date_pubblicazione=_date(row.get("pubbl_dal")),
        )
        for _number, row in _read(folder, "atti.csv", ACTS)
    ]


def read_lines(folder):
    """The accounting lines of righe.csv (list of FileRow), in the file's order."""
    return [_line(number, row) for number, row in _read(folder, "righe.csv", ROWS)]


def _line(number, row):
    tipo = row["tipo_riga"].strip()
    own, sub = _amount(row["importo"]), _amount(row.get("importo_sub"))
    amount = _amount(row["importo_liq"]) if tipo == "Liquidazione" else own
    if tipo in ("Subimpegno", "SottoSubimpegno"):
        amount = sub
    return FileRow(
        row=number,
        id=row["id"],
        tipo=tipo,
        date_visto=_date(row.get("data_visto")),
        esito=row.get("esito", ""),
        capitolo=_capitolo(row["capitolo"]),
        year=_int(row["esercizio"]),
        n_provvisorio=_int(row["n_provvisorio"]),
        n_definitivo=_int(row["n_definitivo"]),
        n_sub=_int(row.get("n_sub")),
        amount_parent=own or Decimal(0),
        amount=amount,
        cig=row.get("cig", ""),
        cup=row.get("cup", ""),
        creditore=row.get("creditore", ""),
        description=row.get("descrizione_capitolo", ""),
    )


def join(acts, lines):
    """Give each act its lines. An id may be used by two types: money is on the determina. A line without act makes one."""
    by_id = {}
    for act in acts:
        if act.id not in by_id or (act.is_determina and not by_id[act.id].is_determina):
            by_id[act.id] = act
    orphans = []
    for line in lines:
        if line.id not in by_id:
            by_id[line.id] = FileAct(line.id, "Determina", 0, line.date_visto, 0, line.date_visto)
            orphans.append(by_id[line.id])
        by_id[line.id].rows.append(line)
    return acts + orphans
