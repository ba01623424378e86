"""Winnowing: what is found, what is not, and where the passages lie."""

import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from homework import winnowing
from homework.winnowing import CODE, WORDS, Piece

LOOP = """
def accuracy(model, batches, device):
    right = total = 0
    for inputs, labels in batches:
        scores = model(inputs.to(device))
        right += (scores.argmax(dim=1) == labels.to(device)).sum().item()
        total += len(labels)
    return right / max(total, 1)
"""
RENAMED = """
# my own idea
def how_good(net, loader, gpu):
    a = b = 99
    for x, y in loader:
        out = net(x.to(gpu))
        a += (out.argmax(dim=7) == y.to(gpu)).sum().item()
        b += len(y)
    return a / max(b, 1)
"""
ANOTHER = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))

    def forward(self, x):
        return self.layers(x.flatten(1))
"""


def prints(*cells):
    return winnowing.fingerprints(winnowing.code_tokens(cells), CODE)


def test_renaming_comments_and_other_numbers_hide_nothing():
    assert prints(LOOP) == prints(RENAMED)


def test_different_code_shares_nothing():
    assert not prints(LOOP) & prints(ANOTHER)


def test_what_was_given_to_everybody_says_nothing():
    works = {"ada": prints(LOOP), "alan": prints(RENAMED), "grace": prints(ANOTHER)}
    given_hashes = set(winnowing.hashes(winnowing.code_tokens([LOOP]), CODE.noise))
    assert [(pair.one, pair.other, pair.share) for pair in winnowing.alike(works, ())] == [("ada", "alan", 1.0)]
    assert winnowing.alike(works, given_hashes) == []


def test_what_many_hold_says_nothing():
    assert winnowing.alike({f"student {n}": prints(LOOP) for n in range(7)}, ()) == []
    assert len(winnowing.alike({f"student {n}": prints(LOOP) for n in range(6)}, ())) == 15


def test_a_part_copied_into_a_longer_work_counts_by_the_shorter():
    long = prints(LOOP, ANOTHER, *(f"z{n} = [{', '.join(str(k) for k in range(n))}]" for n in range(30)))
    [pair] = winnowing.alike({"a": long, "b": prints(LOOP)}, ())
    assert pair.share > 0.7
    assert pair.of_one > pair.of_other


def test_broken_code_and_commands_of_the_notebook_are_read_all_the_same():
    tokens = winnowing.code_tokens(["%matplotlib inline\n!pip install x\nx = (1", "'''open"])
    assert [token.value for token in tokens[:4]] == ["name", "=", "(", "number"]
    assert tokens[0].start == len("%matplotlib inline\n!pip install x\n")
    assert tokens[-1].place == 1


@settings(max_examples=200, deadline=None)
@given(st.integers(), st.integers(0, 40), st.integers(0, 40))
def test_every_run_of_the_promised_length_is_found_wherever_it_lies(seed, before, after):
    draw = random.Random(seed)
    word = lambda: f"w{draw.randrange(5000)}"  # noqa: E731
    shared = [word() for _ in range(WORDS.noise + WORDS.window - 1)]
    one = [word() for _ in range(before)] + shared + [word() for _ in range(after)]
    other = [word() for _ in range(after)] + shared + [word() for _ in range(before)]
    marks = [winnowing.fingerprints(winnowing.word_tokens([" ".join(words)]), WORDS) for words in (one, other)]
    assert marks[0] & marks[1]


def test_nothing_shorter_than_noise_is_found():
    same = " ".join(f"same{n}" for n in range(WORDS.noise - 1))
    one, other = (winnowing.fingerprints(winnowing.word_tokens([f"{x} {same} {x}2"]), WORDS) for x in ("left", "right"))
    assert not one & other
    assert winnowing.fingerprints(winnowing.word_tokens(["too short"]), WORDS) == set()


def test_passages_are_whole_and_numbered_and_the_text_stays_as_it_was():
    left, right = ["import torch\n", LOOP], [RENAMED + ANOTHER]
    one, other = winnowing.code_tokens(left), winnowing.code_tokens(right)
    [run] = winnowing.passages(one, other, [], CODE)
    assert run.length >= 70
    shown = winnowing.pieces(left, one, [(run.one, run.length, 1)])
    assert ["".join(piece.text for piece in place) for place in shown] == left
    [marked] = [piece for place in shown for piece in place if piece.passage]
    assert marked.text.startswith("def accuracy")
    assert marked.text.endswith("max(total, 1)")
    assert marked.begins


def test_a_passage_over_two_cells_is_marked_in_both_and_begins_once():
    places = ["one two", "three four"]
    tokens = winnowing.word_tokens(places)
    assert winnowing.pieces(places, tokens, [(1, 2, 5)]) == [
        [Piece("one "), Piece("two", 5, True), Piece("")],
        [Piece(""), Piece("three", 5, False), Piece(" four")],
    ]


def test_what_was_given_is_no_passage():
    tokens = winnowing.code_tokens([LOOP])
    assert winnowing.passages(tokens, tokens, tokens, CODE) == []


def test_a_notebook_made_to_cost_hours_costs_a_moment():
    began = time.process_time()
    for text in ("\n " * 40_000, "\r\n" * 40_000, "'\\N{'" * 40_000):
        assert winnowing.code_tokens([text]) == []
    assert time.process_time() - began < 5


def test_many_empty_lines_move_nothing():
    text = "a = 1" + "\n  \t" * 200 + "\nb = 2"
    tokens = winnowing.code_tokens([text])
    assert [text[token.start : token.end] for token in tokens] == ["a", "=", "1", "b", "=", "2"]
