"""YAML text to plain values that remember their lines. Pure.

A course file is data that people write by hand, so the dialect is small: text, whole and decimal numbers, true and
false, null, lists and mappings. `14:30` stays text (YAML 1.1 would read 870), a key twice is a mistake, and aliases
are refused, since a few lines of them can unfold to gigabytes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import yaml

Path = tuple[str | int, ...]
MOST_BYTES = 2_000_000
DEEPEST = 40


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where: the path inside the file and its line."""

    path: Path
    sentence: str
    line: int | None = None

    def text(self, name: str) -> str:
        place = name if self.line is None else f"{name}:{self.line}"
        return ": ".join(part for part in (place, dotted(self.path), self.sentence) if part)


@dataclass
class Document:
    """A file's values, the lines they stand on, and what is wrong with the YAML itself."""

    value: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """The line of a path, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


class _Refused(Exception):
    def __init__(self, path: Path, sentence: str) -> None:
        super().__init__(sentence)
        self.path, self.sentence = path, sentence


class _Loader(yaml.SafeLoader):
    """Resolves numbers, true/false and null; everything else is text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("null", r"^(?:~|null|)$", "~n")
_resolve("bool", r"^(?:true|false)$", "tf")
_resolve("int", r"^[-+]?[0-9]{1,18}$", "-+0123456789")
_resolve("float", r"^[-+]?[0-9]{1,18}\.[0-9]{1,18}$", "-+0123456789")
_Loader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile(r"^$")))


def dotted(path: Path) -> str:
    """`homework.3.due`; list positions count from 1, as people do."""
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in path)


def read(text: str | bytes) -> Document:
    """The document in a text; its `mistakes` say what the YAML itself gets wrong."""
    document = Document()
    try:
        node = _compose(text)
    except _Refused as refusal:
        document.mistakes.append(Mistake(refusal.path, refusal.sentence))
    except yaml.YAMLError as error:
        document.mistakes.append(_yaml_mistake(error))
    else:
        document.value = _value(node, (), document)
    return document


def _compose(text: str | bytes) -> yaml.Node:
    if len(text) > MOST_BYTES:
        raise _Refused((), "the file is larger than 2 MB, too large for a course file.")
    _look_ahead(text)
    node = yaml.compose(text, Loader=_Loader)
    if node is None:
        raise _Refused((), "the file is empty.")
    return node


def _look_ahead(text: str | bytes) -> None:
    """Refuse what composing would choke on: aliases, and nesting deeper than the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not understood", problem_mark=event.start_mark)  # type: ignore[arg-type]
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=event.start_mark)  # type: ignore[arg-type]


def _yaml_mistake(error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return Mistake((), f"not valid YAML: {problem}.", mark.line + 1 if mark else None)


def _value(node: yaml.Node, path: Path, document: Document) -> object:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, path, document))
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, position), document) for position, item in enumerate(node.value)]
    return _scalar(node, path, document)


def _pairs(node: yaml.MappingNode, path: Path, document: Document) -> Iterator[tuple[str, object]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        here = (*path, key)
        if not isinstance(key_node, yaml.ScalarNode) or not key_node.tag.endswith(":str"):
            document.mistakes.append(Mistake(path, "keys must be text.", line))
        elif key in seen:
            document.mistakes.append(Mistake(here, "this key stands here a second time.", line))
        else:
            seen.add(key)
            document.lines[here] = line
            yield key, _value(value_node, here, document)


def _scalar(node: yaml.Node, path: Path, document: Document) -> object:
    kind, text = node.tag.rpartition(":")[2], str(node.value)
    try:
        return _KINDS[kind](text)
    except (KeyError, ValueError, ArithmeticError):
        document.mistakes.append(Mistake(path, f"{text!r} has a tag that is not understood.", node.start_mark.line + 1))
        return None


_KINDS: Mapping[str, Callable[[str], object]] = {
    "str": str,
    "int": int,
    "float": Decimal,
    "bool": lambda text: text == "true",
    "null": lambda text: None,
}
