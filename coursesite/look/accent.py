"""The course's colour for light and dark pages, held at a contrast that WCAG asks for. Pure."""

import re

HEX = re.compile(r"[0-9a-f]{6}\Z")
PAPER, NIGHT = (0xFF, 0xFF, 0xFF), (0x1F, 0x1E, 0x1C)
ENOUGH = 5.0  # 4.5 is asked for; the pages' own backgrounds are a little off white and black

Rgb = tuple[int, int, int]


def stylesheet(colour: str) -> str:
    """Custom properties for `7a0019`; ValueError for anything else."""
    if not HEX.match(colour):
        raise ValueError("A colour has six hexadecimal digits.")
    rgb: Rgb = tuple(bytes.fromhex(colour))  # type: ignore[assignment]
    light, dark = towards(rgb, (0, 0, 0), PAPER), towards(rgb, (255, 255, 255), NIGHT)
    return f":root {{ --accent-light: {written(light)}; --accent-dark: {written(dark)}; }}\n"


def towards(rgb: Rgb, end: Rgb, ground: Rgb) -> Rgb:
    """The nearest mixture with `end` that is readable on `ground`."""
    for step in range(21):
        mixed: Rgb = tuple(round(a + (b - a) * step / 20) for a, b in zip(rgb, end, strict=True))  # type: ignore[assignment]
        if contrast(mixed, ground) >= ENOUGH:
            return mixed
    return end


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2 contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(rgb: Rgb) -> float:
    red, green, blue = (linear(channel / 255) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def written(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
