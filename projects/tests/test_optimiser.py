"""Placing a class into teams: sizes, nobody lost, wishes, the same seed the same teams; pure, without a database."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.optimiser import placing, sizes
from projects.optimiser.explaining import judged
from projects.optimiser.scoring import Scale
from projects.optimiser.values import Cancelled, Student, Task, Unit, Weights

QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def students(draw, most=22):
    keys = range(draw(st.integers(0, most)))
    interest, hour = st.sampled_from("abcdefgh"), st.integers(0, 2**12 - 1)
    found = []
    for key in keys:
        wishes = draw(st.frozensets(st.sampled_from(list(keys)), max_size=3)) - {key}
        section = draw(st.sampled_from([None, 1, 1, 1, 2]))
        found.append(Student(key, draw(st.frozensets(interest, max_size=4)), draw(hour), section, wishes))
    return tuple(found)


@st.composite
def classes(draw):
    """Students, some of whom are in an incomplete or a complete team already, and sizes of the course."""
    found = draw(students())
    low = draw(st.integers(2, 3))
    high = draw(st.integers(low, low + 2))
    left, units = [student.key for student in found], []
    while left:
        size = draw(st.sampled_from([1, 1, 1, 2, 3]))
        together = tuple(left[:size])
        if len(together) > high:
            together = together[:1]
        left = left[len(together) :]
        units.append(Unit(together, complete=len(together) >= low))
    weights = Weights(*(draw(st.integers(0, 10)) for _ in range(3)))
    return Task(found, tuple(units), low, high, weights, draw(st.integers(0, 9)), effort=0.1)


def splits(task):
    return sizes.can_split(sizes.counts_of([len(unit.members) for unit in task.units], task.high), task.low, task.high)


@QUICK
@given(classes())
def test_everybody_is_placed_once_in_a_team_of_a_size_that_is_meant(task):
    if not splits(task):
        with pytest.raises(ValueError, match="can't be split"):
            placing.place(task)
        return
    found = placing.place(task)
    assert sorted(key for team in found.teams for key in team) == [student.key for student in task.students]
    assert all(task.low <= len(team) <= task.high for team in found.teams)


@QUICK
@given(classes())
def test_who_is_in_a_team_already_stays_together(task):
    if splits(task):
        teams = placing.place(task).teams
        for unit in task.units:
            assert sum(set(unit.members) <= set(team) for team in teams) == 1


@QUICK
@given(classes())
def test_wishes_and_points_are_never_worse_than_a_greedy_placement(task):
    if splits(task):
        found, greedy = placing.place(task), placing.by_greedy(task)
        assert found.score.touched <= greedy.score.touched
        if found.score.touched == greedy.score.touched:
            assert (found.score.kept, found.points) >= (greedy.score.kept, greedy.points)
        assert found.bound is None or found.points <= found.bound + 0.5


@QUICK
@given(classes())
def test_the_same_seed_gives_the_same_teams(task):
    if splits(task):
        assert placing.place(task) == placing.place(task)


@QUICK
@given(classes())
def test_the_greedy_placement_is_one_itself(task):
    if splits(task):
        teams = placing.by_greedy(task).teams
        assert sorted(key for team in teams for key in team) == [student.key for student in task.students]
        assert all(task.low <= len(team) <= task.high for team in teams)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 3), max_size=7), st.integers(2, 3), st.integers(0, 2))
def test_what_can_be_split_is_what_trying_everything_finds(found, low, more):
    assert sizes.can_split(sizes.counts_of(found, low + more), low, low + more) == by_trying(
        tuple(found), low, low + more
    )


def by_trying(found, low, high):
    """Every unit into every team, or a new one."""

    def go(at, teams):
        if at == len(found):
            return all(low <= team <= high for team in teams)
        options = [(*teams[:n], team + found[at], *teams[n + 1 :]) for n, team in enumerate(teams)]
        return any(go(at + 1, option) for option in [*options, (*teams, found[at])])

    return go(0, ())


def alike(count, **changes):
    return tuple(Student(key, frozenset("a"), 0b1111, None) for key in range(count))


def singles(found, **options):
    return Task(found, tuple(Unit((student.key,)) for student in found), **options)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_one_two_and_five_students_cannot_be_split_and_it_is_said_plainly(count):
    verdict = sizes.judge([1] * count, [], 3, 4)
    assert not verdict.ok
    assert verdict.sentence.endswith("cannot be split into teams of 3 or 4.")
    with pytest.raises(ValueError, match="can't be split"):
        placing.place(singles(alike(count)))


def test_every_other_class_can_be_split():
    assert [n for n in range(1, 400) if not sizes.judge([1] * n, [], 3, 4).ok] == [1, 2, 5]


@pytest.mark.parametrize(
    ("open_sizes", "complete", "helped", "first"),
    [
        ([1], [3, 4], 1, "Let 1 of them join a complete team with a place left (1 has one)."),
        ([1, 1], [3, 3, 3], 2, "Let 2 of them join complete teams with a place left (3 have one)."),
        ([1] * 5, [3], 1, "Let 1 of them join a complete team with a place left (1 has one)."),
        ([1] * 5, [4], 0, "Allow a team of 5: set the course's largest team to 5."),
        ([1, 1], [4], 0, "Allow a team of 2: set the course's smallest team to 2."),
        ([1], [4], 0, "Put the student into a full team by hand; staff may go beyond the size, with a reason."),
        ([2, 2, 2], [], 0, "Allow a team of 2: set the course's smallest team to 2."),
    ],
)
def test_the_nearest_way_out_is_told(open_sizes, complete, helped, first):
    verdict = sizes.judge(open_sizes, complete, 3, 4)
    assert (verdict.helped, verdict.ways[0]) == (helped, first)


def test_incomplete_teams_that_do_not_fit_together_are_named():
    assert "while 3 incomplete teams stay together" in sizes.judge([2, 2, 2], [], 3, 4).sentence


def test_a_complete_team_takes_somebody_in_only_when_it_must():
    found = alike(7)
    complete = Unit((0, 1, 2), complete=True)
    rest = tuple(Unit((key,)) for key in range(3, 7))
    assert (0, 1, 2) in placing.place(Task(found, (complete, *rest))).teams
    one_left = Task(found[:4], (complete, rest[0]))
    assert placing.place(one_left).teams == ((0, 1, 2, 3),)


def test_a_chain_of_four_wishes_is_kept_though_its_ends_did_not_ask_for_each_other():
    """Everything else speaks against it."""
    chain = {0: {1}, 1: {0, 2}, 2: {1, 3}, 3: {2}}
    found = tuple(
        Student(key, frozenset(f"{key % 4}x"), 1 << key % 4, None, frozenset(chain.get(key, ()))) for key in range(16)
    )
    assert (0, 1, 2, 3) in placing.place(singles(found)).teams


def test_nobody_is_alone_from_a_section_when_it_can_be_avoided():
    found = tuple(Student(key, frozenset("ab"[key % 2]), 0b111, key // 6) for key in range(8))
    assert placing.place(singles(found)).score.alone == 0


def test_weights_decide_what_counts():
    """Two who share interests and two who share hours."""
    found = tuple(Student(key, frozenset("ab"[key % 2]), 0b1111 << 4 * (key // 3), None) for key in range(6))
    assert placing.place(singles(found, weights=Weights(10, 0, 0))).teams == ((0, 2, 4), (1, 3, 5))
    assert placing.place(singles(found, weights=Weights(0, 10, 0))).teams == ((0, 1, 2), (3, 4, 5))


def test_whoever_watches_sees_it_go_on_and_can_stop_it():
    told = []
    placing.place(singles(alike(12), effort=0.2), lambda doing, share: told.append(share) or True)
    assert told == sorted(told)
    with pytest.raises(Cancelled):
        placing.place(singles(alike(12), effort=0.2), lambda doing, share: share < 0.25)


def test_what_was_not_met_is_told_with_its_reason():
    together = {key: frozenset(range(5)) - {key} for key in range(5)}
    found = tuple(
        Student(key, frozenset(), 1 << key, 1 if key else 2, together.get(key, frozenset())) for key in range(7)
    )
    task = singles(found)
    told = judged(task, placing.place(task).teams)
    kinds = {row.kind: row.why for row in told.unmet}
    assert kinds["wish"] == "5 who asked for each other hang together, and a team has 4 at most."
    assert kinds["alone"] == "Nobody else of this section is to be placed."
    assert kinds["hours"] == "These two are never free at the same time."
    assert kinds["interests"] == "No two of them have an interest in common."
    assert (told.wishes, told.kept) == (10, 6)


def test_a_score_is_the_sum_of_its_criteria():
    pair = (Student(1, frozenset("ab"), 0b11, 1, frozenset({2})), Student(2, frozenset("bc"), 0b01, 1, frozenset({1})))
    third = Student(3, frozenset("c"), 0b01, 2)
    task = singles((*pair, third), weights=Weights(2, 3, 4))
    score = Scale(task).of((1, 2, 3))
    # Likeness: 50 for 1 and 2, 66 for 2 and 3, 0 for 1 and 3; each student's mean over two mates. One common block.
    assert (score.kept, score.interests, score.hours, score.alone) == (1, 116, 75, 1)
    assert score.points(task.weights) == 2 * 116 + 3 * 75 - 4 * 200


def test_a_large_class_of_couples_and_singles_is_placed_too():
    """More than the solver gets at once, and sizes that leave little choice."""
    found = tuple(
        Student(key, frozenset("abcdef"[key % 6]), 1 << key % 7 | 1 << key % 3, key % 2) for key in range(150)
    )
    couples = tuple(Unit((key, key + 1)) for key in range(0, 140, 2))
    rest = tuple(Unit((key,)) for key in range(140, 150))
    placed = placing.place(Task(found, couples + rest, effort=0.5))
    assert sorted(key for team in placed.teams for key in team) == list(range(150))
    assert {len(team) for team in placed.teams} <= {3, 4}
    assert all(any(set(unit.members) <= set(team) for team in placed.teams) for unit in couples)
    assert placed.points >= placing.by_greedy(Task(found, couples + rest)).points
