"""Follow the links of the pages, to one page of each kind."""

from __future__ import annotations

from collections import deque
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from tests.acceptance.browser import assert_accessible

HTML = "text/html"


def crawl(page: Page, url: str, *starts: str) -> set[str]:
    """Open a page of each kind that links from STARTS lead to. Returns the names of the kinds.

    Each has to be there, to be a whole page with a title, and to be accessible.
    """
    seen: set[str] = set()
    waiting = deque((start, "the start") for start in starts)
    while waiting:
        path, source = waiting.popleft()
        if (kind := kind_of(path)) in seen:
            continue
        seen.add(kind)
        answer = page.context.request.get(url + path)
        assert answer.ok, f"{answer.status} for {path}, which {source} links to"
        if not answer.headers.get("content-type", "").startswith(HTML):
            continue  # a file
        page.goto(url + path)
        seen.add(kind_of(urlsplit(page.url).path))
        assert page.title(), path
        assert_accessible(page)
        waiting.extend((link, path) for link in _links(page, url))
    return seen


def kind_of(path: str) -> str:
    """The name of what answers there; in the back office what all tables have in common."""
    try:
        found = resolve(urlsplit(path).path)
    except Resolver404:
        return path
    if "admin" in found.namespaces:
        return f"admin:{str(found.url_name).rpartition('_')[2]}"
    return str(found.url_name)


def _links(page: Page, url: str) -> list[str]:
    """Where the page's links lead within the installation, with what they ask for."""
    found = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    return [one.removeprefix(url).partition("#")[0] for one in found if one.startswith(f"{url}/")]
