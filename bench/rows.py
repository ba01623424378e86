"""What a measurement says, and where it is written."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Row:
    """`ours` and `limit` in `unit`; `ratio` is ours / limit, and must be within `budget`."""

    name: str
    ours: float
    limit: float
    unit: str
    budget: float
    better: str = "smaller"

    @property
    def ratio(self) -> float:
        return self.ours / self.limit

    @property
    def ok(self) -> bool:
        return self.ratio <= self.budget if self.better == "smaller" else self.ratio >= self.budget

    def __str__(self) -> str:
        sign, verdict = ("≤" if self.better == "smaller" else "≥"), ("ok" if self.ok else "NOT MET")
        figures = f"{self.ours:>10.3f} {self.limit:>10.3f} {self.unit:<10} {self.ratio:>7.3f}"
        return f"{self.name:<52} {figures}  {sign} {self.budget:<6} {verdict}"


HEAD = f"{'':<52} {'ours':>10} {'limit':>10} {'':<10} {'ratio':>7}    budget"


def seconds(act: Callable[[], object], times: int) -> float:
    """The median of so many runs, after one that warms up."""
    return median(sample(act) for _ in range(times + 1)) if times > 1 else sample(act)


def sample(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def write(rows: list[Row]) -> None:
    told = [asdict(row) | {"ratio": round(row.ratio, 4), "ok": row.ok} for row in rows]
    RESULTS.write_text(json.dumps(told, indent=1) + "\n")
