"""A course file's text to a validated `CourseFile`, or all its mistakes with their places. Pure."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from coursesite.coursefile import document, rules, schema
from coursesite.coursefile.document import Document, Mistake, Path
from coursesite.coursefile.schema import CourseFile

KEYS = sorted(
    {
        field.alias or name
        for shape in vars(schema).values()
        if isinstance(shape, type) and issubclass(shape, BaseModel)
        for name, field in shape.model_fields.items()
    }
)


class CourseFileError(ValueError):
    """A course file that can't be loaded; `lines()` holds one sentence for each mistake."""

    def __init__(self, name: str, mistakes: Sequence[Mistake]) -> None:
        self.name, self.mistakes = name, tuple(mistakes)
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        return [mistake.text(self.name) for mistake in self.mistakes]


def parse(text: str | bytes, *, name: str = "course.yaml") -> CourseFile:
    """The course in a text; raises CourseFileError with everything that is wrong."""
    read = document.read(text)
    if read.mistakes:
        raise CourseFileError(name, read.mistakes)
    file = _shaped(read, name)
    found = rules.mistakes(file)
    if found:
        raise CourseFileError(name, [_placed(mistake, read) for mistake in found])
    return file


def _shaped(read: Document, name: str) -> CourseFile:
    try:
        return CourseFile.model_validate(read.value)
    except ValidationError as error:
        found = [_placed(Mistake(_path(each), _sentence(each)), read) for each in error.errors()]
        raise CourseFileError(name, found) from None


def _placed(mistake: Mistake, read: Document) -> Mistake:
    return Mistake(mistake.path, mistake.sentence, read.line(mistake.path))


def _path(error: ErrorDetails) -> Path:
    return tuple(error["loc"])


def _sentence(error: ErrorDetails) -> str:
    write = SENTENCES.get(error["type"])
    if write:
        return write(error)
    return f"{error['msg'].removeprefix('Value error, ').rstrip('.')}, not {_shown(error['input'])}."


def _unknown(error: ErrorDetails) -> str:
    near = get_close_matches(str(error["loc"][-1]), KEYS, n=1)
    return f"unknown key; did you mean {near[0]!r}?" if near else "unknown key."


def _own(error: ErrorDetails) -> str:
    return f"{error['msg'].removeprefix('Value error, ')}."


def _choice(error: ErrorDetails) -> str:
    return f"must be {error.get('ctx', {}).get('expected')}, not {_shown(error['input'])}."


def _wants(what: str) -> Callable[[ErrorDetails], str]:
    return lambda error: f"must be {what}, not {_shown(error['input'])}."


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "empty" if value is None else repr(str(value)[:60])


SENTENCES: Mapping[str, Callable[[ErrorDetails], str]] = {
    "missing": lambda error: "this key is missing.",
    "extra_forbidden": _unknown,
    "value_error": _own,
    "literal_error": _choice,
    "string_type": _wants("text"),
    "int_type": _wants("a whole number"),
    "bool_type": _wants("true or false"),
    "is_instance_of": _wants("a number"),
    "decimal_type": _wants("a number"),
    "decimal_parsing": _wants("a number"),
    "list_type": _wants("a list"),
    "model_type": _wants("a mapping of keys"),
    "model_attributes_type": _wants("a mapping of keys"),
    "string_pattern_mismatch": lambda error: f"{_shown(error['input'])} is not of the form that this key takes.",
}
