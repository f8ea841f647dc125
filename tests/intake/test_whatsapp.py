"""Exports of Android and iOS read as their JSON says; the order of dates is decided or asked."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.intake.quarantine import in_quarantine
from amparo.intake.whatsapp import is_chat, read_chat

GOLDEN = Path(__file__).parent / "golden" / "whatsapp"
FIXTURES = Path(__file__).parents[3] / "shared" / "data" / "whatsapp-fixtures"
ORDERS = {"DMY": "{d}/{m}/{y}", "MDY": "{m}/{d}/{y}", "YMD": "{y}/{m}/{d}"}


def _outcome(content: bytes, name: str) -> dict[str, Any]:
    try:
        chat = read_chat(content, name)
    except AmparoError as error:
        return {"error": error.code, "facts": error.facts}
    return {
        "date_order": chat.date_order,
        "messages": [
            [each.number, each.at, each.author, each.kind, each.text, each.attachment]
            for each in chat.messages
        ],
    }


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    expected = json.loads(path.with_suffix(".txt.json").read_text(encoding="utf-8"))
    assert _outcome(path.read_bytes(), path.name) == expected


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_every_message_stands_at_its_place(path: Path) -> None:
    content = path.read_bytes()
    text = content.decode("utf-16" if "utf16" in path.stem else "utf-8").replace("\r\n", "\n")
    try:
        chat = read_chat(content, path.name)
    except AmparoError:
        return
    assert all(message.text in text[message.start : message.end] for message in chat.messages)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.txt")), ids=lambda path: path.stem)
def test_public_exports_are_read(path: Path) -> None:
    chat = read_chat(path.read_bytes(), path.name)
    assert is_chat(path.read_text(encoding="utf-8")[:400])
    assert len([message for message in chat.messages if message.author]) >= 6


def test_public_exports_are_beside_the_checkout() -> None:
    if not FIXTURES.is_dir():
        pytest.skip("needs ../shared/data/whatsapp-fixtures beside the checkout")
    target = json.loads((FIXTURES / "chatminer_target.json").read_text(encoding="utf-8"))
    for path in FIXTURES.glob("chatminer_test_*.txt"):
        spoken = {
            (m.at, m.author, " ".join(m.text.split())) for m in read_chat(path.read_bytes(), "x").messages
        }
        assert {(m["timestamp"][:16], m["author"], m["message"]) for m in target} <= spoken


def _chat(days: list[date], order: str) -> bytes:
    heads = [ORDERS[order].format(d=f"{day.day:02d}", m=f"{day.month:02d}", y=day.year) for day in days]
    return "".join(f"{head}, 10:00 - Ana: hola {n}\n" for n, head in enumerate(heads)).encode()


@given(
    start=st.dates(date(2010, 1, 1), date(2030, 1, 1)),
    steps=st.lists(st.integers(0, 40), max_size=30),
    order=st.sampled_from(sorted(ORDERS)),
)
def test_the_order_is_the_true_one_or_asked(start: date, steps: list[int], order: str) -> None:
    days = [start]
    for step in steps:
        days.append(days[-1] + timedelta(step))
    content = _chat(days, order)
    try:
        chat = read_chat(content, "chat.txt")
    except AmparoError as error:
        assert error.code == "intake.chat_date_order"
        chat = read_chat(content, "chat.txt", date_order=order)
    assert [message.at for message in chat.messages] == [f"{day}T10:00" for day in days]


def test_a_long_chat_is_decided_by_its_days() -> None:
    days = [date(2024, 1, 1) + timedelta(number) for number in range(60)]
    for order in ORDERS:
        assert read_chat(_chat(days, order), "chat.txt").date_order == order


def test_two_figures_before_slashes_are_no_year_unless_told() -> None:
    content = b"[17/10/24, 15:37:12] Ana: hola\n"
    assert read_chat(content, "chat.txt").messages[0].at == "2024-10-17T15:37:12"
    assert read_chat(content, "chat.txt", date_order="YMD").messages[0].at == "2017-10-24T15:37:12"
    with pytest.raises(AmparoError) as error:
        read_chat(content.replace(b"/", b"-"), "chat.txt")
    assert error.value.code == "intake.chat_date_order"


def test_an_order_told_must_fit() -> None:
    with pytest.raises(AmparoError) as error:
        read_chat(b"25/06/2024, 10:00 - Ana: hola\n", "chat.txt", date_order="MDY")
    assert (error.value.code, error.value.facts["row"]) == ("intake.chat_date", 1)
    with pytest.raises(AmparoError) as error:
        read_chat(b"25/06/2024, 10:00 - Ana: hola\n", "chat.txt", date_order="DYM")
    assert error.value.code == "intake.chat_unknown_order"


def _zip(members: dict[str, bytes], *, link: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            if name == link:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_an_archive_gives_its_chat_and_the_hashes_of_its_files() -> None:
    text = (GOLDEN / "ios_es_multimedia.txt").read_bytes()
    photo = "00000012-PHOTO-2024-10-17-15-38-12.jpg"
    content = _zip({"_chat.txt": text, photo: b"sintetico", "notas.txt": b"otra cosa"})
    chat = in_quarantine(read_chat, content, "chat.zip", file_name="chat.zip")
    assert [message.attachment for message in chat.messages if message.attachment][:1] == [photo]
    assert set(chat.files) == {photo, "notas.txt"}
    assert chat.files[photo] == hashlib.sha256(b"sintetico").hexdigest()


def test_archives_that_are_no_honest_chat_are_refused() -> None:
    text = (GOLDEN / "ddmmyy_24h.txt").read_bytes()
    for members, code in [
        ({"a.txt": text, "b.txt": text}, "intake.chat_members"),
        ({"a.jpg": b"x"}, "intake.chat_members"),
        ({"_chat.txt": text, "b.jpg": bytes(80 << 20)}, "intake.bomb"),
    ]:
        with pytest.raises(AmparoError) as error:
            read_chat(_zip(members), "chat.zip")
        assert error.value.code == code
    with pytest.raises(AmparoError) as error:
        read_chat(_zip({"_chat.txt": text, "b.jpg": b"/etc/passwd"}, link="b.jpg"), "chat.zip")
    assert error.value.code == "intake.links"
