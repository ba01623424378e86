"""Photos and scans, in the process of `inspecting`: turned upright, looked at, and put together as one PDF."""

from pathlib import Path
from typing import Any

WIDTH, TALLEST = 1100, 6000
MOST_PIXELS = 120_000_000
SHEET = 2200  # the longer side of a page in the PDF, in pixels: some 190 for each inch of A4
UNSEEN = "It could not be opened for a preview, so graders may not see it. Check it, or hand in a PDF instead."


def image(path: Path, folder: Path, turned: int = 0) -> dict[str, Any]:
    """Upright as the camera noted it and as the student turned it, without what the camera noted else (place, owner).

    `1.png` is the preview, `1.jpg` the page of the PDF.
    """
    from pi_heif import register_heif_opener
    from PIL import Image, ImageOps

    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(path, formats=["JPEG", "PNG", "HEIF"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return {"warning": UNSEEN}
            opened.draft("RGB", (SHEET, SHEET))
            upright = ImageOps.exif_transpose(opened).convert("RGB").rotate(-turned, expand=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError):
        return {"warning": UNSEEN}
    save(upright, folder / "1.jpg", (SHEET, SHEET))
    preview = save(upright, folder / "1.png", (WIDTH, TALLEST))
    return {"pages": 1, "warning": photo_warning(preview)}


def save(picture: Any, target: Path, size: tuple[int, int]) -> Any:
    from PIL import Image

    picture.thumbnail(size)
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    bare.save(target, quality=85)
    return bare


def photo_warning(page: Any) -> str:
    from PIL import ImageStat

    grey = page.convert("L")
    if ImageStat.Stat(grey).mean[0] < 70:
        return "This photo is very dark. Check that every line can be read, or take it again with more light."
    if is_blurred(grey):
        return "This photo looks blurred. Check that every line can be read, or take it again."
    return ""


def is_blurred(grey: Any) -> bool:
    """Whether the strongest edges are weak for the contrast that is there; a blank page is not blurred.

    The camera's noise is as sharp as edges, so it is taken off first, and not the sharpest spot of all is asked but one
    in five hundred. The two limits were read off pages of print, handwriting and squared paper with noise and shade:
    lines softened over three pixels or more (of a page 1,100 wide) are told, those over one pixel are not, down to a
    contrast of 60 in 255.
    """
    from PIL import ImageChops, ImageFilter, ImageStat

    calm = grey.filter(ImageFilter.MedianFilter(3)).reduce(2)
    rim = min(calm.size) // 20  # the filters know nothing of what lies beyond
    inner = (rim, rim, calm.width - rim, calm.height - rim)
    ground = calm.filter(ImageFilter.BoxBlur(25))  # paper, with its shade
    contrast = ImageStat.Stat(ImageChops.difference(calm.filter(ImageFilter.BoxBlur(2)), ground).crop(inner)).rms[0]
    edges = calm.filter(ImageFilter.FIND_EDGES).crop(inner).histogram()
    return bool(contrast >= 2 and strong(edges) < max(55, 4.5 * contrast))


def strong(histogram: list[int]) -> int:
    """The value that one in 500 pixels reaches."""
    seen, enough = 0, sum(histogram) / 500
    for value in range(255, 0, -1):
        seen += histogram[value]
        if seen >= enough:
            return value
    return 0


def scans(target: Path, *folders: Path) -> dict[str, Any]:
    """One PDF of A4 pages, each as wide or as tall as its photo; a photo that can't be opened has no page in it."""
    import img2pdf

    pages = [str(folder / "1.jpg") for folder in folders if (folder / "1.jpg").exists()]
    if pages:
        a4 = img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297)
        with target.open("wb") as out:
            img2pdf.convert(pages, outputstream=out, layout_fun=img2pdf.get_layout_fun(a4, auto_orient=True))
    return {"pages": len(pages)}
