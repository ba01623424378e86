"""Rubrics of a set as YAML, for the next term or another course: written, and read back with sentences for mistakes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MOST_BYTES = 500_000


class RubricFileError(ValueError):
    """`args[0]` says what is wrong, in sentences."""


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=2000)
    points: Decimal = Field(max_digits=7, decimal_places=2)


class Choice(BaseModel):
    """A group of items."""

    model_config = ConfigDict(extra="forbid")
    group: str = Field(min_length=1, max_length=100)
    choose: Literal["one", "several"] = "several"
    items: list[Line] = []


class Written(BaseModel):
    """The rubric of one problem."""

    model_config = ConfigDict(extra="forbid")
    problem: int
    title: str = ""
    scoring: Literal["negative", "positive"] = "negative"
    floor: bool = True
    cap: bool = True
    items: list[Line] = []
    groups: list[Choice] = []


class RubricFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rubrics: list[Written]


class _Loader(yaml.SafeLoader):
    """Refuses aliases: a few lines of them can unfold to gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not understood")
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand as they were written."""


_Dumper.add_representer(Decimal, lambda dumper, value: number(dumper, value))
_Dumper.add_representer(str, lambda dumper, value: text(dumper, value))


def number(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    plain = f"{value.normalize():f}"
    return dumper.represent_scalar("tag:yaml.org,2002:float" if "." in plain else "tag:yaml.org,2002:int", plain)


def text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


def dump(rubrics: Sequence[Written]) -> str:
    told = RubricFile(rubrics=list(rubrics)).model_dump()
    return yaml.dump(told, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def read(content: bytes) -> list[Written]:
    if len(content) > MOST_BYTES:
        raise RubricFileError("The file is too large for rubrics.")
    try:
        found = yaml.load(content, Loader=_Loader)  # noqa: S506  # a safe loader
        return RubricFile.model_validate(found).rubrics
    except ValidationError as problem:
        raise RubricFileError(" ".join(sentence(dict(one)) for one in problem.errors()[:5])) from problem
    except (yaml.YAMLError, ValueError, KeyError, AttributeError, RecursionError) as problem:
        # Days that no month has, words that are no truth: the parser tells of those in its own ways.
        said = (str(problem).splitlines() or [""])[0]
        raise RubricFileError(f"This is no valid YAML: {said}") from problem


def sentence(mistake: dict[str, Any]) -> str:
    place = ".".join(str(step + 1) if isinstance(step, int) else step for step in mistake["loc"])
    return f"{place}: {mistake['msg'].lower()}."
