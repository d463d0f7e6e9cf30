import io
import random
import zipfile
from datetime import date

import openpyxl
import pytest
from load_contabilita import tool

sheet = tool("spreadsheet")


def xlsx(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


@pytest.mark.parametrize("data", [b"capitolo;anno\n95;2026\n", b"\xef\xbb\xbfcapitolo,anno\r\n95,2026\r\n", b"capitolo\tanno\n95\t2026\n"])
def test_csv_dialects(data):
    assert sheet.read_rows(data, ("capitolo", "anno")) == [(2, {"capitolo": "95", "anno": "2026"})]


def test_xlsx():
    rows = sheet.read_rows(xlsx([["Capitolo", "Stanziamento"], [95, 1234.5], [None, None], ["95.3", 2000.0]]))
    assert rows == [(2, {"capitolo": "95", "stanziamento": "1234.5"}), (4, {"capitolo": "95.3", "stanziamento": "2000"})]


def test_numbers_and_dates_of_a_workbook():
    row = ["10.05", 10.5, 0.1 + 0.2, 1234.567, date(2026, 5, 10), True, "=1/0"]
    names = ["a", "b", "c", "d", "e", "f", "g"]
    ((_number, found),) = sheet.read_rows(xlsx([names, row]))
    assert list(found.values()) == ["10.05", "10.5", "0.3", "1234.567", "2026-05-10", "1", ""]


def test_entities_are_not_expanded():
    bomb = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">%s]><worksheet
        xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr">
        <is><t>&j;</t></is></c></row></sheetData></worksheet>"""
    bomb %= b"".join(b'<!ENTITY %c "%s">' % (i + 1, b"&%c;" % i * 10) for i in range(ord("a"), ord("j")))
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx([["capitolo"], [1]]))) as source, zipfile.ZipFile(output, "w") as target:
        for info in source.infolist():
            target.writestr(info, bomb if info.filename.endswith("sheet1.xml") else source.read(info))
    with pytest.raises(sheet.SpreadsheetError):
        sheet.read_rows(output.getvalue(), ("capitolo",))


def test_unpacked_size_is_bounded(monkeypatch):
    monkeypatch.setattr(sheet, "MAX_UNPACKED", 1000)
    with pytest.raises(sheet.SpreadsheetError) as error:
        sheet.read_rows(xlsx([["capitolo"], [1]]), ("capitolo",))
    assert error.value.args[0] == "size"


def test_windows_1252():
    assert sheet.read_rows("nome\nAttività\n".encode("cp1252"))[0][1]["nome"] == "Attività"


@pytest.mark.parametrize(
    ("data", "key"),
    [(b"", "empty"), (b"  \n", "empty"), (b"PK\x03\x04zz", "xlsx"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1x", "old_xls"),
     (b"a,b\n", "header"), (b"capitolo,capitolo\n1,2\n", "duplicate"), (b'capitolo\n"open\n', "csv"),
     (b"capitolo\x00\n", "encoding"), (b"capitolo" + b"," * 200, "columns"), (b"capitolo\n" + b"x" * 20000, "cell")],
)
def test_refused(data, key):
    with pytest.raises(sheet.SpreadsheetError) as error:
        sheet.read_rows(data, ("capitolo",))
    assert error.value.args[0] == key
    assert key in sheet.MESSAGES


def test_too_many_rows():
    with pytest.raises(sheet.SpreadsheetError):
        sheet.read_rows(b"capitolo\n" + b"1\n" * 11, max_rows=10)


def test_random_bytes_never_crash():
    dice = random.Random(1)
    whole = xlsx([["capitolo"], [1]])
    for _i in range(150):
        data = bytearray(whole if dice.random() < 0.6 else dice.randbytes(200))
        for _j in range(dice.randrange(1, 20)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            sheet.read_rows(bytes(data), ("capitolo",))
        except sheet.SpreadsheetError:
            pass
