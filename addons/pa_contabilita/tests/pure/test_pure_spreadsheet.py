import io
import random

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
