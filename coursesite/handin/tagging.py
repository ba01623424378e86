"""Pages and cells are tagged with the problems that they answer, and the tags go along into the next version."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.files.inspecting import MOST_PAGES
from coursesite.files.models import Format, StoredFile
from coursesite.roster.models import User

from .models import Submission, SubmittedFile, Tag
from .owners import is_own, is_staff, lock

Choice = tuple[int, int, int]  # the submitted file's key, its page (or cell), the problem's number


@transaction.atomic
def tag(*, submission: Submission, by: User, chosen: Collection[Choice]) -> None:
    """All tags of this version at once. The owner says so, or the staff for them; the deadline does not matter, since
    the work itself stays as it is."""
    # Locked: two members of a team may tag at the same moment; the later one stands whole.
    lock(submission.owner)
    if not (is_own(submission.owner, by) or is_staff(submission.owner, by)):
        raise ValidationError("Only whose work it is, or the course staff, say which page answers what.")
    wanted = known(submission, chosen)
    there = {(row.used_id, row.page, row.problem_id): row for row in Tag.objects.filter(used__submission=submission)}
    Tag.objects.filter(pk__in=[row.pk for key, row in there.items() if key not in wanted]).delete()
    Tag.objects.filter(used__submission=submission, carried=True).update(carried=False)
    Tag.objects.bulk_create(
        Tag(used_id=used, page=page, problem_id=problem, tagged_by=by) for used, page, problem in wanted - set(there)
    )


def known(submission: Submission, chosen: Collection[Choice]) -> set[tuple[int, int, int]]:
    """The same with the problems' keys; whatever is not there is refused."""
    pages = {used.pk: most_pages(used.file) for used in submission.files.select_related("file")}
    problems = {row.number: row.pk for row in submission.assignment.problems.all()}
    for used, page, number in chosen:
        if not 1 <= page <= pages.get(used, 0) or number not in problems:
            raise ValidationError("A page that you tagged is not there. Load this page anew, and tag again.")
    return {(used, page, problems[number]) for used, page, number in chosen}


def most_pages(file: StoredFile) -> int:
    """Before the worker has counted them any page may be there."""
    return MOST_PAGES if file.inspected_at is None else file.pages or 0


def carry_over(*, before: Sequence[SubmittedFile], into: Iterable[SubmittedFile]) -> None:
    """By the place in the part: its third page stays its third page, be it a photo or the page of a document.

    How many pages a new document has is known only when the worker has opened it; `queries.tagged` leaves out the tags
    of a document that turns out to be too short for them.
    """
    new, old, rows = by_part(into), by_part(before), list[Tag]()
    for part, used in old.items():
        tags = [tag for one in used for tag in tags_of(one)]
        spots = [spot(new[part], place_in_part(row)) for row in tags]
        if all(spots):
            rows += [carried(row, *found) for row, found in zip(tags, spots, strict=True) if found]
    if rows:
        Tag.objects.bulk_create(rows)


def tags_of(used: SubmittedFile) -> Iterator[Tag]:
    for row in used.tags.all():
        row.used = used
        yield row


def carried(row: Tag, used: SubmittedFile, page: int) -> Tag:
    return Tag(used=used, page=page, problem_id=row.problem_id, carried=True, tagged_by_id=row.tagged_by_id)


def by_part(used: Iterable[SubmittedFile]) -> dict[int, list[SubmittedFile]]:
    found = defaultdict(list)
    for row in used:
        found[row.part_id].append(row)
    return found


def place_in_part(row: Tag) -> int:
    return row.used.position + 1 if row.used.file.format == Format.IMAGE else row.page


def spot(files: list[SubmittedFile], place: int) -> tuple[SubmittedFile, int] | None:
    if files[0].file.format != Format.IMAGE:
        return files[0], place
    return (files[place - 1], 1) if place <= len(files) else None
