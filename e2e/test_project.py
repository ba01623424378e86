"""The project, by four students in four browsers: they find each other, form a team, and hand in.

Each step is a function of the cast, so that what comes later in the term goes on where they left off.
"""

import contextlib
from dataclasses import dataclass
from typing import Any

import pytest

from coursesite.files.tests import samples

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
PROJECT = "/c/deep-learning/project/"
TEAM = "Latent Space"


@dataclass
class Member:
    """One student's page, in a browser context of their own."""

    name: str
    page: Any

    def at(self, address=""):
        self.page.goto(PROJECT + address)
        return self.page

    def presses(self, name, address=""):
        """On that page; the answer has come when this returns."""
        page = self.at(address)
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_load_state()
        return page


@pytest.fixture
def cast(signed_in):
    """Ulla has begun a team, and has invited Viktor; Wanda seeks one; Xiao has told nothing yet."""
    people = {
        "ulla": ("Ulla Virtanen", "ulla.virtanen"),
        "viktor": ("Viktor Novak", "viktor.novak"),
        "wanda": ("Wanda Maria-Josefina van den Heuvel-Papadopoulos", "wanda.heuvel-papadopoulos"),
        "xiao": ("Xiao Lin", "xiao.lin"),
    }
    with contextlib.ExitStack() as browsers:
        pages = {
            key: browsers.enter_context(signed_in(f"{login}@students.example")) for key, (_, login) in people.items()
        }
        yield {key: Member(people[key][0], page) for key, page in pages.items()}


def test_four_students_form_a_team_and_hand_in_a_proposal(cast, tmp_path):
    form_a_team(cast)
    receipt = hand_in_the_proposal(cast, tmp_path)
    everybody_has_the_receipt(cast, receipt)


def form_a_team(cast):
    """By an invitation, by asking, and by being found on the board."""
    cast["viktor"].presses(f"Join {TEAM}")
    cast["wanda"].presses(f"Ask to join {TEAM}", "board/")
    cast["ulla"].presses(f"Take {cast['wanda'].name} in")
    tells_interests(cast["xiao"])
    cast["ulla"].presses(f"Invite {cast['xiao'].name}", "board/")
    cast["xiao"].presses(f"Join {TEAM}")
    for member in cast.values():
        page = member.at()
        assert page.get_by_role("heading", level=1).inner_text() == f"Project: team {TEAM}"
        assert page.locator(".mates > li").count() == 4
    board = cast["ulla"].at("board/")
    assert board.get_by_role("heading", name=TEAM).count() == 0


def tells_interests(member):
    page = member.at("interests/")
    page.get_by_label("Gaming time: deep reinforcement learning").check()
    page.get_by_label("What you can do").fill("PyTorch, plots")
    page.get_by_label("Wed 16", exact=False).check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/board/")


def hand_in_the_proposal(cast, tmp_path):
    """By one for all; returns where the receipt stands."""
    (tmp_path / "proposal.pdf").write_bytes(samples.pdf("What a team of four proposes"))
    page = cast["xiao"].at("proposal/")
    page.set_input_files("[name=file-proposal]", tmp_path / "proposal.pdf")
    page.get_by_role("button", name="Hand in Proposal").click()
    page.wait_for_url("**/submissions/**")
    assert f"{TEAM}, handed in by Xiao Lin" in page.inner_text("main")
    return page.url


def everybody_has_the_receipt(cast, receipt):
    for member in cast.values():
        page = member.at()
        page.get_by_role("link", name="✓ Submitted").click()
        page.wait_for_url(receipt)
        assert "version 1 is in" in page.inner_text("main")
