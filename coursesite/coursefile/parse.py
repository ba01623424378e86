"""The text of a course file to a validated CourseFile, or every mistake in it with its place."""

from pydantic import ValidationError

from coursesite.coursefile import document, rules
from coursesite.coursefile.document import Document, Mistake
from coursesite.coursefile.schema import CourseFile


class Mistaken(Exception):
    """The file can't be used; `lines` holds one sentence a mistake, with file name and line."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def parse(text: str | bytes, *, name: str) -> CourseFile:
    read = document.read(text)
    file = None if read.mistakes else shaped(read)
    if file:
        read.mistakes.extend(rules.mistakes(file))
    if file is None or read.mistakes:
        raise Mistaken([placed(mistake, read).text(name) for mistake in read.mistakes])
    return file


def shaped(read: Document) -> CourseFile | None:
    try:
        return CourseFile.model_validate(read.value)
    except ValidationError as error:
        read.mistakes.extend(Mistake(tuple(e["loc"]), sentence(e["type"], e["msg"])) for e in error.errors())
        return None


def sentence(kind: str, message: str) -> str:
    known = {"extra_forbidden": "this key is not known.", "missing": "this key is missing."}
    return known.get(kind) or message.removeprefix("Value error, ") + "."


def placed(mistake: Mistake, read: Document) -> Mistake:
    return Mistake(mistake.path, mistake.sentence, mistake.line or read.line(mistake.path))
