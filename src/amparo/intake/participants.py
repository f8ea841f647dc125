"""Who speaks in a chat: masked but for the person it is about, in all that is shown or kept beside it.

A participant's pseudonym is P1, P2 … in order of first appearance in the file: it is the same in every
reading. In the words themselves the participants' whole names, mentions and telephone numbers are masked; a
first name alone is not: it may be the name of somebody else who is spoken of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from amparo.errors import AmparoError
from amparo.intake.passages import Document, Said
from amparo.intake.whatsapp import Chat, Message
from amparo.values.text import fold

PHONE = "[tel.]"
_MENTION = re.compile(r"@\u2068?~?\u00a0?([^\u2068\u2069\n]{1,60})\u2069|@(\+?\d[\d ]{6,18}\d)")
_PHONE = re.compile(r"(?<![\w$€.,/-])(?:\+\d|\(?\d)(?:[ .()\u00a0\u202f-]{0,2}\d){7,14}(?!\w|,\d|/|[.-]\d)")
_NO_PHONE = re.compile(
    r"\d{5,}-\d|(?:19|20)\d\d ?- ?(?:19|20)\d\d|\d{1,2}[-. ]\d{1,2}[-. ]\d{4}|\d{4}[-. ]\d{1,2}[-. ]\d{1,2}"
)
_LABELS = {"media": "[+]", "contact": "[vcf]", "location": "", "deleted": "[x]"}


class Masks:
    """The pseudonyms of a chat's participants; `subjects`, by name or pseudonym, keep their names."""

    def __init__(self, chat: Chat, subjects: Sequence[str] = ()) -> None:
        """Raises intake.chat_no_subject for somebody who does not speak in the chat."""
        authors = dict.fromkeys(message.author for message in chat.messages if message.author)
        self.names = {author: f"P{number}" for number, author in enumerate(authors, 1)}
        known = {fold(name): name for name in self.names} | {
            fold(pseudonym): name for name, pseudonym in self.names.items()
        }
        for subject in subjects:
            name = known.get(fold(subject))
            if name is None:
                facts = {"subject": subject, "participants": len(authors)}
                raise AmparoError("intake.chat_no_subject", file=chat.file_name, **facts)
            self.names[name] = name

    @cached_property
    def _named(self) -> re.Pattern[str] | None:
        hidden = sorted((name for name in self.names if self.names[name] != name), key=len, reverse=True)
        words = "|".join(map(re.escape, hidden))
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)") if hidden else None

    def text(self, text: str) -> str:
        """Words without the names of participants, mentions and telephone numbers."""
        masked = _MENTION.sub(self._mention, text) if "@" in text else text
        if self._named is not None:
            masked = self._named.sub(lambda found: self.names[found[0]], masked)
        return _PHONE.sub(lambda found: found[0] if _NO_PHONE.fullmatch(found[0]) else PHONE, masked)

    def _mention(self, found: re.Match[str]) -> str:
        name = (found[1] or found[2]).strip()
        return f"@{self.names.get(name, PHONE if name[-1:].isdigit() else '…')}"

    def said(self, message: Message) -> Said:
        """A message as it may be shown or kept."""
        label = _LABELS.get(message.kind, "")
        if message.attachment:
            label = f"[{self.text(message.attachment)}]"
        text = "\n".join(filter(None, (label, self.text(message.text))))
        return Said(
            number=message.number, at=message.at, author=self.names.get(message.author, ""), text=text
        )


def selected(selection: str, file_name: str, last: int) -> list[int]:
    """Numbers of messages from a text such as "12-15,40", in order. Raises intake.chat_selection."""
    numbers: set[int] = set()
    for part in re.split(r"[,;\s]+", selection.strip()):
        found = re.fullmatch(r"(\d{1,9})(?:\s?[-–]\s?(\d{1,9}))?", part)
        first = int(found[1]) if found else 0
        until = int(found[2] or found[1]) if found else 0
        if not 1 <= first <= until <= last:
            raise AmparoError("intake.chat_selection", file=file_name, selection=selection, last=last)
        numbers.update(range(first, until + 1))
    return sorted(numbers)


def chosen(chat: Chat, selection: str, subjects: Sequence[str] = ()) -> Document:
    """The selected messages as a document; the system's lines are none. Raises as `selected` and `Masks`."""
    masks = Masks(chat, subjects)
    numbers = selected(selection, chat.file_name, len(chat.messages))
    said = [masks.said(chat.messages[number - 1]) for number in numbers if chat.messages[number - 1].author]
    if not said:
        last = len(chat.messages)
        raise AmparoError("intake.chat_selection", file=chat.file_name, selection=selection, last=last)
    return Document(kind="chat", messages=tuple(said), published=said[-1].at[:10], issues=chat.issues)


def listing(chat: Chat, subjects: Sequence[str] = (), words: str | None = None) -> Iterator[Said]:
    """The messages to choose from, masked; only those that hold some words, if any are given."""
    masks = Masks(chat, subjects)
    wanted = fold(words or "")
    for message in _spoken(chat.messages):
        said = masks.said(message)
        if wanted in fold(said.text):
            yield said


def _spoken(messages: Iterable[Message]) -> Iterator[Message]:
    return (message for message in messages if message.author)
