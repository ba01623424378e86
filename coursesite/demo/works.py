"""Small files that invented students hand in: real enough to open."""

import json
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


def notebook(title: str, author: str, seed: int) -> bytes:
    losses = [round(2.0 / (step + 1) + 0.01 * (seed % 10), 4) for step in range(5)]
    code = "for step, loss in enumerate(train(model, data)):\n    print(step, loss)"
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
