"""Small files that invented students hand in: real enough to open."""

import json
import random
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas


def pdf(title: str, author: str, pages: list[str]) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for number, text in enumerate(pages, 1):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(72, 760, title)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 738, f"{author} (an invented student of the demo), page {number}")
        for at, line in enumerate(text.splitlines()):
            canvas.drawString(72, 700 - 16 * at, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def written(title: str, author: str, problems: list[str], seed: int) -> bytes:
    pages = [
        f"{problem}\n\nLet f(w) = |Xw - y|^2 with step size {0.01 * (seed % 7 + 1):.2f}.\n"
        f"The gradient is 2 X'(Xw - y): after {seed % 90 + 10} steps the loss is below {0.3 / (seed % 5 + 1):.3f}.\n"
        "Hence the claim."
        for problem in problems
    ]
    return pdf(title, author, pages)


STEPS = (
    "{x} = torch.randn(64, {n}, requires_grad=True)",
    "{net} = nn.Sequential(nn.Linear({n}, 128), nn.ReLU(), nn.Linear(128, 10))",
    "{opt} = torch.optim.SGD({net}.parameters(), lr=0.1, momentum=0.9)",
    "for {i} in range({n}):\n    {opt}.zero_grad()\n    {loss} = ({net}({x}) ** 2).mean()\n"
    "    {loss}.backward()\n    {opt}.step()",
    "print(f'after {{{i}}} steps: {{{loss}.item():.3f}}')",
    "{norms} = [p.grad.norm().item() for p in {net}.parameters() if p.grad is not None]",
    "assert all(value < 1e3 for value in {norms}), 'the gradient explodes'",
    "plt.plot({norms}); plt.xlabel('layer'); plt.ylabel('norm of the gradient')",
    "{best} = min(enumerate({norms}), key=lambda pair: pair[1])",
    "def check({x}):\n    with torch.no_grad():\n        return torch.allclose({net}({x}), {net}({x}))",
    "{mean}, {spread} = {x}.mean(dim=0), {x}.std(dim=0)",
    "{x} = ({x} - {mean}) / ({spread} + 1e-8)",
)
NAMES = ("x", "n", "net", "opt", "i", "loss", "norms", "best", "mean", "spread")


def program(seed: int, *, renamed: bool) -> str:
    """No two seeds give the same; `renamed` is the same under other names."""
    steps = random.Random(seed).sample(STEPS, 5)  # noqa: S311
    names = {name: f"{name}_{seed}" if renamed else name for name in NAMES} | {"n": str(seed + 2)}
    return "\n".join(step.format(**names) for step in steps)


def notebook(title: str, author: str, seed: int) -> bytes:
    """Student 16 has renamed what student 14 wrote: something for those who look for similar work."""
    losses = [round(2.0 / (step + 1) + 0.01 * (seed % 10), 4) for step in range(5)]
    code = program(14, renamed=True) if seed == 16 else program(seed, renamed=False)
    said = {
        "output_type": "stream",
        "name": "stdout",
        "text": "".join(f"{n} {loss}\n" for n, loss in enumerate(losses)),
    }
    cells = [
        {
            "cell_type": "markdown",
            "id": "head",
            "metadata": {},
            "source": f"# {title}\n{author}, invented for the demo",
        },
        {"cell_type": "code", "id": "run", "metadata": {}, "execution_count": 1, "source": code, "outputs": [said]},
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}).encode()
