"""Reading CSV and XLSX as rows of text, with limits and clear errors. No ORM, so that it can be fuzzed alone.

A file comes from outside: its size, number of rows and columns and unpacked size are bounded before anything is built.
"""

import csv
import io
import math
import zipfile
from datetime import date, datetime
from decimal import Decimal

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 100
MAX_CELL = 10_000


class Number(str):
    """A cell that the workbook holds as a number: its dot separates decimals, never thousands."""

    __slots__ = ()


class SpreadsheetError(ValueError):
    """A sentence for the user; ``args[0]`` is a key, the rest its values."""


MESSAGES = {
    "empty": "The file is empty.",
    "size": "The file is larger than %s MB.",
    "rows": "The file has more than %s rows.",
    "columns": "The file has more than %s columns.",
    "cell": "Row %s has a cell longer than %s characters.",
    "encoding": "The file is neither UTF-8 nor Windows-1252 text.",
    "csv": "The CSV file is malformed near row %s.",
    "xlsx": "The file is not a readable XLSX workbook.",
    "old_xls": "Old Excel files (.xls) are not read: save it as .xlsx or .csv.",
    "header": "The first row must hold the column names; missing: %s.",
    "duplicate": "The column %s appears twice.",
}


def read_rows(data, required=(), max_rows=MAX_ROWS):
    """``data`` (bytes) -> list of (row number in the file, dict column -> text). Blank rows are skipped."""
    if not data or not data.strip():
        raise SpreadsheetError("empty")
    if len(data) > MAX_BYTES:
        raise SpreadsheetError("size", MAX_BYTES // 1024 // 1024)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise SpreadsheetError("old_xls")
    lines = _xlsx_lines(data) if data[:2] == b"PK" else _csv_lines(data)
    return _to_dicts(lines, required, max_rows)


def _to_dicts(lines, required, max_rows):
    header, rows = None, []
    for number, cells in lines:
        if len(cells) > MAX_COLUMNS:
            raise SpreadsheetError("columns", MAX_COLUMNS)
        if any(len(cell) > MAX_CELL for cell in cells):
            raise SpreadsheetError("cell", number, MAX_CELL)
        if not any(cells):
            continue
        if header is None:
            header = _header(cells, required)
            continue
        if len(rows) >= max_rows:
            raise SpreadsheetError("rows", max_rows)
        cells = cells + [""] * (len(header) - len(cells))
        rows.append((number, {name: cell for name, cell in zip(header, cells) if name}))
    if header is None:
        raise SpreadsheetError("empty")
    return rows


def _header(cells, required):
    header = [cell.strip().lower().replace(" ", "_") for cell in cells]
    for name in header:
        if name and header.count(name) > 1:
            raise SpreadsheetError("duplicate", name)
    missing = [name for name in required if name not in header]
    if missing:
        raise SpreadsheetError("header", ", ".join(missing))
    return header


def _decode(data):
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise SpreadsheetError("encoding")


def _csv_lines(data):
    text = _decode(data)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SpreadsheetError("csv", reader.line_num) from error
        yield reader.line_num, [cell.strip() for cell in cells]


def _xlsx_lines(data):
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise SpreadsheetError("size", MAX_UNPACKED // 1024 // 1024)
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, [_text(cell) for cell in cells]
    except SpreadsheetError:
        raise
    except Exception as error:  # openpyxl raises anything on a broken file: KeyError, ValueError, ParseError…
        raise SpreadsheetError("xlsx") from error


def _text(cell):
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return str(cell)
        cell = Decimal(repr(round(cell, 6)))  # 0.1 + 0.2 as a spreadsheet shows it
        return Number(int(cell) if cell == cell.to_integral_value() else f"{cell:f}")
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()[:10]
    return str(cell).strip()
