"""Which works share passages: winnowing over tokens. Pure: texts in, passages out.

After Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting" (2003): every run of
`noise + window - 1` equal tokens is found, none shorter than `noise` tokens is. Names and numbers in code are made
equal first, so that renaming hides nothing.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pygments.lexers import PythonLexer
from pygments.token import Comment, Literal, Name, Text, Whitespace

WORD = re.compile(r"\w+")
# IPython's own commands are no Python, and nobody writes a line of five thousand characters.
MAGIC = re.compile(r"^(?:[ \t]*[%!].*|.{5000,})$", re.MULTILINE)
# The lexer looks from each empty line to the end of all of them: a notebook of nothing else would take it days.
EMPTY = re.compile(r"\n\s{98,}\n")


@dataclass(frozen=True, slots=True)
class Token:
    """What it counts as, and where it stands: the place (cell, page) by number, and characters in it."""

    value: str
    place: int
    start: int
    end: int


@dataclass(frozen=True)
class Size:
    """In tokens: shorter runs are chance; and how many hashes choose their least together."""

    noise: int
    window: int


CODE, WORDS = Size(noise=20, window=11), Size(noise=10, window=6)


def code_tokens(places: Sequence[str]) -> list[Token]:
    found = list[Token]()
    for number, text in enumerate(places):
        # Blanked out, not cut: positions stay.
        bare = MAGIC.sub(lambda match: " " * len(match[0]), text)
        bare = EMPTY.sub(lambda match: f"\n{'#' * (len(match[0]) - 2)}\n", bare)
        for start, kind, written in PythonLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(bare):
            if kind in Comment or kind in Whitespace or kind in Text or kind in Literal.String.Doc:
                continue
            found.append(Token(counted(kind, written), number, start, start + len(written)))
    return found


def counted(kind: object, written: str) -> str:
    if kind in Name and kind not in Name.Builtin:
        return "name"
    if kind in Literal.Number:
        return "number"
    return "text" if kind in Literal.String else written


def word_tokens(places: Sequence[str]) -> list[Token]:
    return [
        Token(match[0].casefold(), number, match.start(), match.end())
        for number, text in enumerate(places)
        for match in WORD.finditer(text)
    ]


def hashes(tokens: Sequence[Token], noise: int) -> list[int]:
    """One for each run of `noise` tokens; the same in every process and on every day."""
    values = [token.value for token in tokens]
    runs = ("\0".join(values[at : at + noise]) for at in range(len(values) - noise + 1))
    return [int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest()) for run in runs]


def fingerprints(tokens: Sequence[Token], size: Size) -> set[int]:
    """The least hash of each window; a work shorter than one window has its least, one shorter than noise none."""
    every = hashes(tokens, size.noise)
    windows = max(len(every) - size.window + 1, min(len(every), 1))
    return {min(every[at : at + size.window]) for at in range(windows)}


@dataclass(frozen=True)
class Alike:
    """`shared` fingerprints of the one's `of_one` and the other's `of_other`, what was given to all left out."""

    one: str
    other: str
    shared: int
    of_one: int
    of_other: int

    @property
    def share(self) -> float:
        """Of the shorter work: who copies a part into a longer one hides nothing."""
        return self.shared / min(self.of_one, self.of_other)


LEAST_SHARED, LEAST_SHARE, MOST_PAIRS = 4, 0.2, 500


def alike(works: Mapping[str, Collection[int]], given: Collection[int]) -> list[Alike]:
    """Pairs that share enough, most alike first. `works`: fingerprints by the work's name. `given`: those of what
    everybody was given; they and what many works hold (an idiom, the set's own words) say nothing."""
    holders = defaultdict[int, list[str]](list)
    for name in sorted(works):
        for value in works[name]:
            holders[value].append(name)
    many = max(6, len(works) * 15 // 100)
    telling = {value: names for value, names in holders.items() if len(names) <= many and value not in given}
    sizes = Counter(name for names in telling.values() for name in names)
    shared = Counter(pair for names in telling.values() for pair in combinations(names, 2))
    found = [Alike(one, other, n, sizes[one], sizes[other]) for (one, other), n in shared.items() if n >= LEAST_SHARED]
    enough = [pair for pair in found if pair.share >= LEAST_SHARE]
    return sorted(enough, key=lambda pair: (-pair.share, -pair.shared, pair.one, pair.other))[:MOST_PAIRS]


@dataclass(frozen=True)
class Passage:
    """The same `length` tokens, from `one` in the one work and from `other` in the other."""

    one: int
    other: int
    length: int


def passages(one: Sequence[Token], other: Sequence[Token], given: Sequence[Token], size: Size) -> list[Passage]:
    """Shared runs in the order of the one work, each as long as it goes; none of them overlap in it."""
    known = set(hashes(given, size.noise))
    places = defaultdict[int, list[int]](list)
    for at, value in enumerate(hashes(other, size.noise)):
        places[value].append(at)
    ours, found, at = hashes(one, size.noise), list[Passage](), 0
    while at < len(ours):
        starts = [] if ours[at] in known else places.get(ours[at], [])[:MOST_STARTS]
        best = max(((length(one, other, at, start), -start) for start in starts), default=(0, 0))
        if best[0] >= size.noise:
            found.append(Passage(at, -best[1], best[0]))
        at += max(best[0], 1)
    return found


MOST_STARTS = 20  # a work that repeats itself a thousand times is compared with some of its places


def length(one: Sequence[Token], other: Sequence[Token], at: int, start: int) -> int:
    most = min(len(one) - at, len(other) - start)
    return next((n for n in range(most) if one[at + n].value != other[start + n].value), most)


TINTS = 4


@dataclass(frozen=True)
class Piece:
    """Text to show; `passage` is its number from 1, or 0 outside of all."""

    text: str
    passage: int = 0
    begins: bool = False  # here, and doesn't go on from the cell or page before

    @property
    def tint(self) -> int:
        return (self.passage - 1) % TINTS + 1


def pieces(places: Sequence[str], tokens: Sequence[Token], runs: Sequence[tuple[int, int, int]]) -> list[list[Piece]]:
    """The places cut where passages begin and end; `runs`: first token, length, number of each passage."""
    spans: list[list[tuple[int, int, int, bool]]] = [[] for _ in places]
    for first, count, number in sorted(runs):
        stretches = dict[int, tuple[int, int]]()  # by place: a passage that goes over the end of a cell is in both
        for token in tokens[first : first + count]:
            stretches[token.place] = (stretches.get(token.place, (token.start, 0))[0], token.end)
        for place, (start, end) in stretches.items():
            spans[place].append((start, end, number, place == tokens[first].place))
    return [list(cut(text, some)) for text, some in zip(places, spans, strict=True)]


def cut(text: str, spans: Sequence[tuple[int, int, int, bool]]) -> Iterator[Piece]:
    at = 0
    for start, end, number, begins in spans:
        if end <= at:  # the other work answers two passages with one place
            continue
        yield Piece(text[at : max(start, at)])
        yield Piece(text[max(start, at) : end], number, begins)
        at = end
    yield Piece(text[at:])
