"""The files of the page, and the chart library out of plotly's wheel."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
_CHART_PLACE = "@chart@"
"""where the page takes the address of the chart library"""


class PageFiles(StaticFiles):
    """Our own files: a browser asks again each time and is told in a few bytes when nothing changed."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer a file with `no-cache`, which means: keep it, and ask whether it is still the same."""
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "no-cache"
        return answer


class ChartLibrary:
    """plotly.min.js as the wheel brings it; plotly's Python is not imported, which saves 30 MB."""

    def __init__(self) -> None:
        self._file = _find_chart_library()
        self.path = f"/static/plotly-{_chart_version()}.min.js"

    async def answer(self, _request: Request) -> Response:
        """Answer the library, to be kept for ever because its version is in its name; 404 when it is missing."""
        if self._file is None:
            return Response(status_code=404)
        return FileResponse(
            self._file,
            media_type="text/javascript",
            headers={"cache-control": "public, max-age=31536000, immutable"},
        )


class Page:
    """`/`: index.html with the address of the chart library in it."""

    def __init__(self, chart_path: str) -> None:
        self._html = read_page("index.html").replace(_CHART_PLACE, chart_path)

    async def answer(self, _request: Request) -> Response:
        """Answer the page."""
        return HTMLResponse(self._html, headers={"cache-control": "no-cache"})


def read_page(name: str) -> str:
    """Return one of our HTML files."""
    return (STATIC / name).read_text(encoding="utf-8")


def _find_chart_library() -> Path | None:
    spec = find_spec("plotly")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        candidate = Path(folder) / "package_data" / "plotly.min.js"
        if candidate.is_file():
            return candidate
    return None


def _chart_version() -> str:
    try:
        return version("plotly")
    except PackageNotFoundError:
        return "missing"
