"""pypdfium2 in a plain loop, for processes that know nothing of the application."""

from pathlib import Path

import pypdfium2

from coursesite.files.photos import WIDTH


def ready(_: int) -> None:
    """Called once in each process, so that starting it does not count."""


def draw(path: Path, place: str) -> None:
    """Every page of the same size in pixels, as PNG."""
    document = pypdfium2.PdfDocument(path)
    for number, page in enumerate(document):
        picture = page.render(scale=WIDTH / page.get_width()).to_pil()
        picture.save(Path(place) / f"{path.name}-{number}.png")
