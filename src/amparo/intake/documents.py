"""Everything that is no list, as a document with places: each file parsed in a limited child."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from amparo.errors import AmparoError
from amparo.intake import article, letters, markup, participants, pdf, picture, reading, transcript, whatsapp
from amparo.intake.passages import Document, Oral, Region, Span
from amparo.intake.proposals import Proposal
from amparo.intake.quarantine import in_quarantine
from amparo.intake.whatsapp import Chat


class Reading(NamedTuple):
    """A document and what is proposed of it."""

    document: Document
    proposals: tuple[Proposal, ...]


class Given(NamedTuple):
    """What a person says of a document beside its file."""

    messages: str = ""  # of a chat: 12-15,40
    date_order: str | None = None
    subjects: tuple[str, ...] = ()  # who keeps their name in a chat
    transcript: tuple[bytes, str] | None = None  # of a picture or recording: content and file name
    letters: bool = False  # let Tesseract read a picture
    published: str | None = None  # of an article that does not say it, as EDTF


def recognise(content: bytes, file_name: str) -> reading.Kind:
    """`reading.recognise` in a limited child; a PDF is a list or an article. Raises its codes and `pdf`'s."""
    kind = in_quarantine(reading.recognise, content, file_name, file_name=file_name)
    if kind == "pdf" and in_quarantine(pdf.holds_list, content, file_name, file_name=file_name):
        return "list"
    return kind


def read_chat(content: bytes, file_name: str, date_order: str | None) -> Chat:
    """`whatsapp.read_chat` in a limited child."""
    return in_quarantine(whatsapp.read_chat, content, file_name, file_name=file_name, date_order=date_order)


def read_statement(text: str, oral: Oral) -> Reading:
    """What somebody told, without a file: the words, and that it was told by mouth, to whom and when.

    `oral` has no words yet. Raises intake.empty.
    """
    if not text.strip():
        raise AmparoError("intake.empty", file="-")
    passage = msgspec.structs.replace(oral, words=text.strip())
    told = {"material": "oral", "date": oral.told}
    proposals = tuple(
        Proposal(
            entity="information-1", kind="information", field=field, value=value, passage=passage, rule="oral"
        )
        for field, value in told.items()
    )
    return Reading(Document(kind="statement", text=text), proposals)


def read_whole(content: bytes, file_name: str, kind: str, given: Given) -> Reading:
    """A document with what its reader proposes of an article. Raises as `read_document`."""
    document = read_document(content, file_name, kind, given)
    if document.kind != "article":
        return Reading(document, ())
    found = in_quarantine(
        article.read,
        document.text,
        file_name=file_name,
        language=document.language,
        published=given.published or document.published,
    )
    return Reading(
        msgspec.structs.replace(
            found.document,
            title=document.title or found.document.title,
            publisher=document.publisher,
            issues=(*document.issues, *found.document.issues),
        ),
        tuple(_on_page(each, document.text) for each in found.proposals)
        if content.startswith(pdf.PDF)
        else found.proposals,
    )


def _on_page(proposal: Proposal, text: str) -> Proposal:
    """A proposal of a PDF, with the page its words stand on."""
    passage = proposal.passage
    if not isinstance(passage, Span):
        return proposal
    page = pdf.page_at(text, passage.start)
    return msgspec.structs.replace(proposal, passage=msgspec.structs.replace(passage, page=page))


def read_document(content: bytes, file_name: str, kind: str, given: Given) -> Document:
    """What stands in a file of a kind. Raises intake.form_blank, no_transcript, and the readers' codes."""
    match kind:
        case "chat":
            chat = read_chat(content, file_name, given.date_order)
            return participants.chosen(chat, given.messages, given.subjects)
        case "pdf" | "article" | "list" if content.startswith(pdf.PDF):
            return _paged(content, file_name, given)
        case "picture":
            return _pictured(content, file_name, given)
        case "recording":
            if given.transcript is None:
                raise AmparoError("intake.no_transcript", file=file_name)
            return _spoken(*given.transcript)
        case "transcript":
            return _spoken(content, file_name)
        case "form":
            raise AmparoError("intake.form_blank", file=file_name)
        case _:
            reader = markup.read_page if markup.is_page(content[:1000]) else reading.read_text
            return in_quarantine(reader, content, file_name, file_name=file_name)


def _paged(content: bytes, file_name: str, given: Given) -> Document:
    """A PDF's text layer; what was scanned is a picture."""
    if given.transcript is None and not given.letters:
        return in_quarantine(pdf.read_pages, content, file_name, file_name=file_name)
    return _pictured(content, file_name, given)


def _pictured(content: bytes, file_name: str, given: Given) -> Document:
    found = in_quarantine(picture.read_picture, content, file_name, file_name=file_name, drawn=given.letters)
    regions: tuple[Region, ...]
    if given.transcript is not None:
        typed, name = given.transcript
        regions = in_quarantine(transcript.read_regions, typed, name, file_name=name, pages=len(found.sizes))
    elif given.letters:
        regions = letters.read_letters(found.drawn, file_name)
    else:
        raise AmparoError("intake.no_transcript", file=file_name)
    return Document(kind="picture", transcript=regions)


def _spoken(content: bytes, file_name: str) -> Document:
    spans = in_quarantine(transcript.read_spans, content, file_name, file_name=file_name)
    return Document(kind="recording", transcript=spans)
