"""Pictures on the wire: shapes written as SVG, without script and without style of its own.

What it looks like stands in attributes, so that a page's policy against inline styles does not strip it.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from app.rules.drawing import Box, Drawing, Form, Ink, Shape, Sign, Stroke, Words

SVG = "image/svg+xml"
_BLACK, _WHITE = Ink.BLACK.value, Ink.WHITE.value


def written(drawing: Drawing, name: str = "picture") -> str:
    """Write a picture as an SVG element, to stand in a page or alone.

    Args:
        drawing: The picture.
        name: Begins the ids of its title and description, of which a page may have each but once.
    """
    size = f"{_figure(drawing.width)} {_figure(drawing.height)}"
    shapes = "\n".join(map(_shape, drawing.shapes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" '
        f'aria-labelledby="{name}-title {name}-described" font-family="Arial, Helvetica, sans-serif">\n'
        f'<title id="{name}-title">{_text(drawing.title)}</title>\n'
        f'<desc id="{name}-described">{_text(drawing.described)}</desc>\n'
        f"{shapes}\n</svg>\n"
    )


def alone(drawing: Drawing) -> bytes:
    """Write a picture as a file of its own, with its size."""
    size = f'width="{_figure(drawing.width)}" height="{_figure(drawing.height)}" '
    text = written(drawing).replace("<svg ", f"<svg {size}", 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _shape(shape: Shape) -> str:
    if isinstance(shape, Box):
        return _box(shape)
    if isinstance(shape, Stroke):
        ends = " ".join(f'{name}="{_figure(getattr(shape, name))}"' for name in ("x1", "y1", "x2", "y2"))
        dashes = f' stroke-dasharray="{shape.dashes}"' if shape.dashes else ""
        return f'<line {ends} stroke="{shape.ink.value}" stroke-width="{_figure(shape.thick)}"{dashes}/>'
    if isinstance(shape, Words):
        weight = ' font-weight="700"' if shape.bold else ""
        anchor = f' text-anchor="{shape.anchor}"' if shape.anchor != "start" else ""
        at = f'x="{_figure(shape.x)}" y="{_figure(shape.y)}" font-size="{_figure(shape.size)}"'
        return f'<text {at} fill="{shape.ink.value}"{anchor}{weight}>{_text(shape.text)}</text>'
    return _sign(shape)


def _box(box: Box) -> str:
    edge = f' stroke="{box.edge.value}" stroke-width="1"' if box.edge else ""
    dashes = ' stroke-dasharray="4 3"' if box.dashed else ""
    at = f'x="{_figure(box.x)}" y="{_figure(box.y)}" width="{_figure(box.width)}" height="{_figure(box.height)}"'
    return _with_words(f'<rect {at} fill="{box.fill.value}"{edge}{dashes}', "rect", box.says)


def _sign(sign: Sign) -> str:
    x, y, r = sign.x, sign.y, sign.reach
    around = f'cx="{_figure(x)}" cy="{_figure(y)}" r="{_figure(r)}" stroke="{_BLACK}" stroke-width="1.5"'
    if sign.form is Form.DISC:
        return _with_words(f'<circle {around} fill="{_BLACK}"', "circle", sign.says)
    if sign.form is Form.RING:
        return _with_words(f'<circle {around} fill="{_WHITE}"', "circle", sign.says)
    if sign.form is Form.HALF:
        half = f'<path d="M{_figure(x)} {_figure(y - r)}a{r} {r} 0 0 0 0 {_figure(2 * r)}z" fill="{_BLACK}"/>'
        return f'<g>{_title(sign.says)}<circle {around} fill="{_WHITE}"/>{half}</g>'
    if sign.form is Form.CROSS:
        path = f"M{_figure(x - r)} {_figure(y - r)}l{2 * r} {2 * r}m0 {-2 * r}l{-2 * r} {2 * r}"
        return _with_words(f'<path d="{path}" fill="none" stroke="{_BLACK}" stroke-width="2.2"', "path", sign.says)
    if sign.form is Form.DIAMOND:
        path = f"M{_figure(x)} {_figure(y - r - 1)}l{r + 1} {r + 1}l{-r - 1} {r + 1}l{-r - 1} {-r - 1}z"
    else:
        path = f"M{_figure(x - r)} {_figure(y - r)}h{2 * r}v{2 * r}h{-2 * r}z"
    return _with_words(f'<path d="{path}" fill="{_WHITE}" stroke="{_BLACK}" stroke-width="1.5"', "path", sign.says)


def _with_words(begun: str, tag: str, says: str) -> str:
    return f"{begun}>{_title(says)}</{tag}>" if says else f"{begun}/>"


def _title(says: str) -> str:
    return f"<title>{_text(says)}</title>" if says else ""


def _figure(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    # XML has no place for control characters, whatever stands in a title.
    plain = text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)
    return escape(plain)
