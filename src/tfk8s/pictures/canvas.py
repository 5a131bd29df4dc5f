"""What everything that is drawn has in common: colours, text, size, and the same bytes each time.

Colours are those of M. Okabe and K. Ito, which people who see few colours tell apart
(https://jfly.uni-koeln.de/color/). The ground is white, so that a picture can stand on a dark page. In SVG text stays
text, in the reader's own font: it can be found, copied and read aloud.
"""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tfk8s.errors import PreconditionError
from tfk8s.names.printable import one_line
from tfk8s.pictures.svg import finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tfk8s.pictures.picture import Form

INK: Final = "#222222"
PAPER: Final = "#ffffff"
GRID: Final = "#d9d9d9"
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
WIDTH_IN: Final = 9.0
LONGEST_TITLE: Final = 90
_LONGEST_NAME: Final = 60
_DOTS_PER_INCH: Final = 144
_SETTINGS: Final[dict[str, Any]] = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "path.simplify": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "tfk8s",
    "svg.id": None,
    "text.color": INK,
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


def require_drawing() -> None:
    """Refuse what could not be drawn later, without loading what draws.

    Raises:
        PreconditionError: matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise _missing()


def drawn(
    fill: Callable[[Figure], None], *, size_in: tuple[float, float], title: str, description: str, form: Form
) -> bytes:
    """Let `fill` draw into a figure, and return it as a file.

    Args:
        fill: Draws.
        size_in: Width and height in inches.
        title: Of the file, for those who search or listen.
        description: What is to be seen, in words.
        form: Of the file.

    Raises:
        PreconditionError: matplotlib is not installed.
    """
    try:
        from matplotlib import style
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise _missing() from error
    title = one_line(title)
    file = io.BytesIO()
    with style.context(["default", _SETTINGS]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a name may be of any writing
        figure = Figure(figsize=size_in, facecolor=PAPER, layout="constrained")
        fill(figure)
        if form == "png":
            FigureCanvasAgg(figure)
            figure.savefig(file, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": "tfk8s", "Title": title})
            return file.getvalue()
        FigureCanvasSVG(figure)
        figure.savefig(file, format="svg", metadata={"Date": None})
    return finish(file.getvalue().decode(), title=title, description=description).encode()


def add_title(figure: Figure, title: str) -> None:
    """Write it above all."""
    figure.suptitle(shown_text(title, longest=LONGEST_TITLE), fontsize=12, x=0.01, ha="left", fontweight="bold")


def shown_text(text: str, *, longest: int = _LONGEST_NAME) -> str:
    """Return text of unknown content on one line, not too long, and never empty."""
    line = one_line(text).strip() or "–"
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _missing() -> PreconditionError:
    return PreconditionError("pictures need matplotlib", hint="run: pip install 'tfk8s[pictures]'")
