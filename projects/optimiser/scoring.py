"""How good a team is, criterion by criterion; each student brings up to 100 points to each."""

from collections.abc import Iterable

from .values import ALONE, Score, Task, Team

ENOUGH = 4  # common blocks of a week; more do not make a team better
Measures = tuple[int, int, int, int]  # kept, interests, hours, alone


class Scale:
    """Scores of teams for one task. The search asks for hundreds of thousands, so that students are positions here,
    interests and wishes are bits, and what was asked once is remembered."""

    def __init__(self, task: Task) -> None:
        self.task, self.weights = task, task.weights
        self.at = {student.key: position for position, student in enumerate(task.students)}
        self.units = [tuple(self.at[key] for key in unit.members) for unit in task.units]
        self.hours = [student.hours for student in task.students]
        self.sections = [student.section for student in task.students]
        self.mutual = self.asked_for_each_other()
        self.like = self.likeness()
        self.known: dict[Team, int] = {}
        # One wish outweighs all points; no complete team is touched for the sake of a few wishes.
        most = 100 * (self.weights.interests + self.weights.hours) + ALONE * self.weights.sections
        self.wish = most * len(task.students) + 1
        self.touch = 20 * self.wish

    def asked_for_each_other(self) -> list[int]:
        """For each student, bits of those asked for who also asked."""
        asked = [sum(1 << self.at[key] for key in s.wishes if key in self.at) for s in self.task.students]
        mutual = [0] * len(asked)
        for one, student in enumerate(self.task.students):
            for other in (self.at[key] for key in student.wishes if key in self.at):
                if other != one and asked[other] >> one & 1:
                    mutual[one] |= 1 << other
        return mutual

    def likeness(self) -> list[list[int]]:
        """0 to 100 for each pair: interests that both have, out of what the two have on average."""
        words = sorted({word for student in self.task.students for word in student.interests})
        bit = {word: 1 << position for position, word in enumerate(words)}
        masks = [sum(bit[word] for word in student.interests) for student in self.task.students]
        counts = [mask.bit_count() for mask in masks]
        return [
            [200 * (a & b).bit_count() // (m + n) if m + n else 0 for b, n in zip(masks, counts, strict=True)]
            for a, m in zip(masks, counts, strict=True)
        ]

    def positions(self, team: Team) -> list[int]:
        return [position for unit in team for position in self.units[unit]]

    def worth(self, team: Team) -> int:
        """One number in which wishes come first."""
        found = self.known.get(team)
        if found is None:
            kept, interests, hours, alone = self.measures(self.positions(team))
            weights = self.weights
            found = self.wish * kept + weights.interests * interests + weights.hours * hours
            found -= weights.sections * ALONE * alone + self.touch * self.touched(team)
            self.known[team] = found
        return found

    def measures(self, students: list[int]) -> Measures:
        kept = pairs = told = alone = 0
        free, here = -1, 0
        for position in students:
            here |= 1 << position
            if self.hours[position]:
                free &= self.hours[position]
                told += 1
        for at, one in enumerate(students):
            if self.mutual[one]:
                kept += (self.mutual[one] & here).bit_count()
            row = self.like[one]
            for other in students[at + 1 :]:
                pairs += row[other]
        hours = 100 * told * min(free.bit_count(), ENOUGH) // ENOUGH if told > 1 else 0
        sections = [self.sections[position] for position in students]
        if sections.count(sections[0]) != len(sections):
            alone = lone([section for section in sections if section is not None])
        return kept // 2, 2 * pairs // (len(students) - 1) if len(students) > 1 else 0, hours, alone

    def touched(self, team: Team) -> int:
        return sum(self.task.units[unit].complete for unit in team) if len(team) > 1 else 0

    def score(self, team: Team) -> Score:
        return Score(*self.measures(self.positions(team)), self.touched(team))

    def of(self, keys: Iterable[int]) -> Score:
        """A team of these students, whatever units they come from."""
        return Score(*self.measures([self.at[key] for key in keys]))

    def total(self, teams: Iterable[Team]) -> Score:
        return sum((self.score(team) for team in teams), Score())


def lone(sections: list[int]) -> int:
    """Students of whose section nobody else is there, while others come from another one."""
    return sum(sections.count(section) == 1 for section in sections) if len(set(sections)) > 1 else 0
