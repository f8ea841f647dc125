"""Files that were damaged, cut, blown up or put together to do harm, in every format that is read.

Sound synthetic files of each format are changed at random, from a seed, by another process; each is then
read as `amparo read` reads it. Whatever happens must be a reading or one sentence, and may not cost this
process its memory.
"""

from __future__ import annotations

import io
import json
import random
import resource
import stat
import sys
import time
import zipfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any

from amparo.errors import AmparoError

Change = Callable[[random.Random, bytes], bytes]

MEMORY_MB = 500  # that this process may take while files of at most a few MB are read
SHOWN = 20
_LONGEST = 8 << 20  # bytes of a file
_WORDS = (
    "Nombre",
    "Edad",
    "Uno Sintético",
    "5/11/2018",
    "Apopa",
    "año",
    '"',
    ";",
    "\n",
    "\0",
    "'",
    "<td>",
    "{",
)
_NUMBERS = (b"0", b"-1", b"1048576", b"4294967295", b"99999999999999999999", b"1e999", b"NaN")


def run(files: int, seed: int) -> Iterator[dict[str, Any]]:
    """A line every thousand files, one for each format, and one for the whole: crashes, MB, seconds."""
    outcomes: Counter[str] = Counter()
    by_format: dict[str, Counter[str]] = {}
    crashes: list[str] = []
    slowest, slowest_name = 0.0, ""
    began, began_cpu = time.perf_counter(), time.process_time()
    for number, (name, content) in enumerate(_made(files, seed)):
        start = time.perf_counter()
        outcome = read(content, name)
        took = time.perf_counter() - start
        if took > slowest:
            slowest, slowest_name = took, f"{number}:{name}"
        if outcome.startswith("crash"):
            crashes.append(f"{number}:{name}:{outcome}")
        outcomes[outcome] += 1
        by_format.setdefault(name.partition(".")[0], Counter())[outcome.partition(" ")[0]] += 1
        if number % 1000 == 999 and number + 1 < files:
            yield {"done": number + 1, "crashes": len(crashes), "wall_s": round(time.perf_counter() - began)}
    for name, counts in sorted(by_format.items()):
        yield {"format": name, **dict(counts.most_common(8))}
    yield {
        "files": files,
        "seed": seed,
        "read": sum(count for outcome, count in outcomes.items() if outcome.startswith("read")),
        "refused": sum(count for outcome, count in outcomes.items() if outcome.startswith("intake.")),
        "crashes": len(crashes),
        "first_crashes": crashes[:SHOWN],
        "child_died": {outcome: n for outcome, n in outcomes.items() if "child_died" in outcome},
        "memory_mb": memory_mb(),
        "memory_kept": memory_mb() < MEMORY_MB,
        "slowest_s": round(slowest, 2),
        "slowest": slowest_name,
        "wall_s": round(time.perf_counter() - began, 1),
        "cpu_here_s": round(time.process_time() - began_cpu, 1),
    }


def _made(files: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """The files of a campaign, made in a process of their own: what they cost is not what reading costs."""
    with ProcessPoolExecutor(1, get_context("fork")) as pool:
        waiting = deque[Future[tuple[str, bytes]]]()
        for number in range(files):
            waiting.append(pool.submit(make, seed, number))
            if len(waiting) > 8:
                yield waiting.popleft().result()
        for each in waiting:
            yield each.result()


def memory_mb() -> int:
    """The most memory that this process has held, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most >> (20 if sys.platform == "darwin" else 10)


def read(content: bytes, name: str) -> str:
    """What reading a file came to: read and as what, a code, or a crash."""
    from amparo.intake.documents import Given, read_whole, recognise  # noqa: PLC0415
    from amparo.intake.quarantine import read_quarantined  # noqa: PLC0415
    from amparo.report.catalogue import say  # noqa: PLC0415

    given = Given(messages="1", transcript=(b"[0:01 - 0:02] hola", "t.txt"))
    try:
        kind = recognise(content, name)
        if kind == "list":
            read_quarantined(content, name)
        else:
            typed = given if kind in ("picture", "recording", "chat") else Given()
            if kind == "picture":
                typed = typed._replace(transcript=(b"hola", "t.txt"))
            read_whole(content, name, kind, typed)
    except AmparoError as error:
        for language in ("es", "en"):
            if "\n" in say(language, error.code, **error.facts).strip():
                return f"crash: {error.code} takes more than a line"
        died = f" {error.facts['reason']}" if error.code == "intake.child_died" else ""
        return f"{error.code}{died}"
    except Exception as error:
        return f"crash: {type(error).__name__}"
    return f"read as {kind}"


def make(seed: int, number: int) -> tuple[str, bytes]:
    """The numbered file of a campaign: its name, which begins with its format, and its bytes."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311
    name = chance.choice(sorted(sound()))
    content = sound()[name]
    if chance.random() < 0.08:
        name, content = chance.choice(_BOMBS)(chance)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
        content = chance.choice(_CHANGES)(chance, content)[:_LONGEST]
    return name, content


@cache
def sound() -> dict[str, bytes]:
    """A sound file of each format; the names begin with the format."""
    import pymupdf  # noqa: PLC0415

    from amparo.intake import field_form  # noqa: PLC0415

    rows = [["Nombre", "Edad", "Fecha del hecho", "Municipio"]]
    rows += [
        [f"Persona {n} Sintética", str(20 + n), f"{n % 28 + 1}/11/2018", "Tonacatepeque"] for n in range(30)
    ]
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    article = "En agosto mataron a una persona, según la policía. Su hijo de siete años lo vio.\n\n" * 20
    chat = "".join(
        f"{n + 1}/11/2023, {n % 12 + 1}:05 p. m. - Persona {n % 3} Sintética: mensaje {n} al +503 7000 0001\n"
        for n in range(28)
    )
    ios = "".join(f"[{n + 1}/11/23, 15:37:0{n % 10}] Persona {n % 3}: \u200emensaje {n}\n" for n in range(28))
    key = "uuid:5f1d0000-0000-4000-8000-00000000000"
    main = "".join(f"{key}{n},{key}{n},Uno Sintético,a b,1,1\n" for n in range(9))
    odk = f"meta-instanceID,KEY,person-name,q,q/a,q/b\n{main}"
    turns = f"miembro,PARENT_KEY,KEY\nHija,{key}1,{key}1/m[1]\n"
    submissions = [{"_uuid": f"u{n}", "g/name": "Uno", "m": [{"m/name": "Hija"}] * 3} for n in range(9)]
    with pymupdf.open() as document:
        for start in range(3):
            page = document.new_page()
            for y, row in enumerate(rows[: 20 + start]):
                for x, cell in enumerate(row):
                    page.insert_text((50 + 130 * x, 60 + 20 * y), cell)
        list_pdf = document.tobytes()
    with pymupdf.open() as document:
        document.new_page().insert_textbox((50, 50, 500, 700), article)
        article_pdf = document.tobytes(deflate=True)
    pixels = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 120, 90))
    pixels.clear_with(200)
    cues = "".join(f"00:0{n}.000 --> 00:0{n}.900\npalabra {n}\n\n" for n in range(9))
    return {
        "csv.csv": "\n".join(map(";".join, rows)).encode(),
        "csv.cp1252.csv": "\n".join(map(",".join, rows)).encode("cp1252"),
        "csv.utf16.txt": "\n".join(map("\t".join, rows)).encode("utf-16"),
        "xlsx.xlsx": _workbook({"Hoja1": rows}),
        "xlsx.kobo.xlsx": _workbook(
            {"v": [["nombre", "_uuid", "_index"], ["Uno", "u1", "1"]],
             "m": [["miembro", "_parent_table_name", "_parent_index"], ["Hija", "v", "1"]]}
        ),
        "ods.ods": _ods(rows),
        "form.xlsx": field_form.workbook(),
        "odk.csv": odk.encode(),
        "odk.zip": zipped({"v.csv": odk.encode(), "v-m.csv": turns.encode(), "media/a.jpg": b"x"}),
        "json.json": json.dumps({"results": submissions}).encode(),
        "chat.txt": chat.encode(),
        "chat.ios.txt": ios.encode(),
        "chat.zip": zipped({"_chat.txt": ios.encode(), "00000001-PHOTO.jpg": b"\xff\xd8\xff" * 99}),
        "text.txt": article.encode(),
        "html.html": f"<!doctype html><html><body><article><p>{article}</p></article></body></html>".encode(),
        "html.table.html": f"<html><table>{table}</table></html>".encode(),
        "pdf.list.pdf": list_pdf,
        "pdf.article.pdf": article_pdf,
        "png.png": pixels.tobytes("png"),
        "jpg.jpg": pixels.tobytes("jpg"),
        "ogg.opus": b"OggS\0\2" + bytes(2000),
        "vtt.vtt": f"WEBVTT\n\n{cues}".encode(),
    }  # fmt: skip


def zipped(members: dict[str, bytes], *, link: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive; one member may be a link to another place of the disk."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            if name == link:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content, method)
    return out.getvalue()


def _workbook(sheets: dict[str, list[list[str]]]) -> bytes:
    import xlsxwriter  # noqa: PLC0415

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, text in enumerate(row):
                    sheet.write_string(number, place, text)
    return out.getvalue()


def _ods(rows: list[list[str]], more: str = "") -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f"<table:table-cell office:value-type='string'><text:p>{cell}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Hoja1">{cells}{more}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        f'xmlns:manifest="{office}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped(
        {
            "mimetype": kind.encode(),
            "content.xml": content.encode(),
            "META-INF/manifest.xml": manifest.encode(),
        }
    )


def _flip(chance: random.Random, content: bytes) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 2, 8, 64))):
        if data:
            data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _head_cut(chance: random.Random, content: bytes) -> bytes:
    return content[chance.randrange(min(200, len(content)) + 1) :]


def _insert(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content) + 1)
    more = chance.choice(
        (chance.randbytes(chance.choice((1, 9, 500))), chance.choice(_WORDS).encode(), *_NUMBERS)
    )
    return content[:place] + more * chance.choice((1, 1, 3, 200)) + content[place:]


def _again(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content) + 1)
    end = chance.randrange(start, len(content) + 1)
    return content[:end] + content[start:end] * chance.choice((1, 3, 40)) + content[end:]


def _zeros(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content) + 1)
    length = chance.choice((1, 4, 100, 3000))
    return content[:start] + bytes(length) + content[start + length :]


def _number(chance: random.Random, content: bytes) -> bytes:
    """A figure of the file becomes a very large or strange one."""
    places = [place for place in range(min(len(content), 4000)) if content[place : place + 1].isdigit()]
    if not places:
        return content
    place = chance.choice(places)
    return content[:place] + chance.choice(_NUMBERS) + content[place + 1 :]


def _recoded(chance: random.Random, content: bytes) -> bytes:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content[::-1] if chance.random() < 0.05 else content + b"\xff\xfe\xc3\x28\xa0\xa1"
    way = chance.choice(("utf-16", "utf-16-be", "utf-32", "cp1252", "cp850", "utf-7"))
    return text.encode(way, "replace")


def _spliced(chance: random.Random, content: bytes) -> bytes:
    """Two formats in one file."""
    other = sound()[chance.choice(sorted(sound()))]
    place = chance.choice((0, len(content), chance.randrange(len(content) + 1)))
    return content[:place] + other + content[place:]


_CHANGES: tuple[Change, ...] = (
    _flip, _flip, _flip, _cut, _cut, _head_cut, _insert, _insert, _again, _zeros, _number, _recoded, _spliced,
)  # fmt: skip


def _deep(chance: random.Random) -> tuple[str, bytes]:
    depth = chance.choice((100, 5_000, 200_000))
    return chance.choice((
        ("html.deep.html", b"<html>" + b"<div>" * depth + b"hola"),
        ("html.tables.html", b"<table><tr><td>" * min(depth, 20_000) + b"Nombre"),
        ("json.deep.json", b'[{"a":' * depth),
        ("json.lists.json", b"[" * depth + b"]" * depth),
        ("json.nested.json", b'[{"a":[' * min(depth, 5000) + b'{"b":1}' + b"]}]" * min(depth, 5000)),
        ("text.quotes.txt", b'"' * depth),
    ))  # fmt: skip


def _large(chance: random.Random) -> tuple[str, bytes]:
    length = chance.choice((200_000, 3_000_000))
    word = "x" * length
    return chance.choice((
        ("csv.cell.csv", f"Nombre,Edad\n{word},3\n".encode()),
        ("csv.line.csv", f"Nombre,Edad\n{'a,' * (length // 2)}\n".encode()),
        ("csv.quote.csv", f'Nombre,Edad\n"{word},3\n'.encode()),
        ("csv.commas.csv", b"," * length),
        ("csv.rows.csv", b"a,b\n" * (length // 4)),
        ("text.line.txt", word.encode()),
        ("text.digits.txt", b"1" * length),
        ("chat.long.txt", f"25/11/2023, 10:05 - A: {word}\n".encode()),
        ("chat.heads.txt", b"25/11/2023, 10:05 - A: b\n" * (length // 25)),
        ("chat.authors.txt", b"".join(b"25/11/2023, 10:05 - A%d: b\n" % n for n in range(length // 100))),
        ("chat.spaces.txt", b"25/11/2023, 10:05 - A: " + b"@+1 " * (length // 4)),
        ("html.span.html", b"<table><tr><td>Nombre<td>Edad<tr><td colspan=1000 rowspan=1000>x</table>" * 20),
        ("html.attributes.html", f"<html><p a='{word}'>hola".encode()),
        ("vtt.long.vtt", b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\n" * (length // 24)),
        ("xlsx.cell.xlsx", _workbook({"H": [["Nombre", "Edad"], ["x" * 32_000, "3"]] * 30})),
        ("png.ones.png", b"\x89PNG\r\n\x1a\n" + b"\xff" * length),
        ("pdf.objects.pdf", b"%PDF-1.7\n" + b"1 0 obj<</Type/Page/Parent 1 0 R/Kids[1 0 R]>>endobj\n" * 5000),
    ))  # fmt: skip


def _packed(chance: random.Random) -> tuple[str, bytes]:
    return chance.choice(_archives())


@cache
def _archives() -> tuple[tuple[str, bytes], ...]:
    """Archives that unpack to much, lie about it, hold links, or hold themselves."""
    blank = bytes(90 << 20)
    chat, book = sound()["chat.ios.txt"], sound()["xlsx.xlsx"]
    cell = '<table:table-cell table:number-columns-repeated="{0}"><text:p>x</text:p></table:table-cell>'
    row = '<table:table-row table:number-rows-repeated="{0}">' + cell + "</table:table-row>"
    table = [["Nombre", "Edad"], ["Uno", "3"]]
    lying = _with(book, "xl/sharedStrings.xml", blank)
    return (
        ("chat.bomb.zip", zipped({"_chat.txt": chat, "a.jpg": blank})),
        ("chat.text.zip", zipped({"_chat.txt": chat + blank})),
        ("odk.bomb.zip", zipped({"a.csv": b"Nombre,KEY,PARENT_KEY\n" + blank})),
        ("odk.many.zip", zipped({f"{n}.csv": b"a,KEY\n1,2\n" for n in range(3000)})),
        ("odk.link.zip", zipped({"a.csv": b"/etc/passwd"}, link="a.csv")),
        ("odk.inside.zip", zipped({"a.csv": zipped({"b.csv": blank})})),
        ("odk.twice.zip", zipped({"a.csv": b"a,KEY\n1,2\n"}) + zipped({"b.csv": b"a,KEY\n1,2\n"})),
        ("xlsx.bomb.xlsx", lying),
        ("xlsx.lies.xlsx", lying.replace((90 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))),
        ("xlsx.cells.xlsx", _with(book, "xl/worksheets/sheet1.xml", _cells(100_000))),
        ("ods.repeated.ods", _ods(table, row.format(1_048_576))),
        ("ods.square.ods", _ods(table, row.format(4_000))),
        ("form.cells.xlsx", _with(sound()["form.xlsx"], "xl/worksheets/sheet1.xml", _cells(50_000))),
    )


_BOMBS = (_deep, _large, _packed)


def _cells(number: int) -> bytes:
    cells = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, number))
    return (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<sheetData>" + cells + b"</sheetData></worksheet>"
    )


def _with(book: bytes, member: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped(members | {member: content})
