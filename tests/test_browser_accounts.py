"""Accounts in a real browser: register, ask, sign out, sign in; the account page; the figures."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.pages import LAST, QUESTION, Place, Visitor, served, with_sample

pytestmark = pytest.mark.browser
NAME, PASSWORD = "Ada", "correct horse"


@pytest.fixture(scope="module")
def browser(shared_place: Place) -> Browser:
    return shared_place.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("members"), auth="password") as opened:
        yield opened


def _fill(visitor: Visitor, password: str) -> None:
    visitor.page.fill("input[name=username]", NAME)
    visitor.page.fill("input[name=password]", password)
    visitor.page.click("button.button")


def test_register_ask_sign_out_sign_in(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address)
    page = visitor.page
    page.goto(f"{address}/?conversation=")
    expect(page.locator("h1")).to_have_text("Sign in to Folio")
    page.click("text=Create account")
    expect(page.locator(".lead")).to_contain_text("The first account looks after this Folio")
    _fill(visitor, PASSWORD)
    page.wait_for_selector("#folio-question")
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    shown = page.url

    page.click("a.account")
    expect(page.locator("h1")).to_have_text(NAME)
    page.fill("input[name=name]", "a script")
    page.click("text=Make a token")
    token = page.locator(".token").inner_text()
    docs = httpx.get(f"{address}/api/v1/docs", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert len(docs.json()["data"]) == 1
    page.click("text=Revoke")
    expect(page.locator(".done")).to_have_text("The token is revoked.")

    page.click("text=Admin")
    expect(page.locator("#figures time")).to_be_visible()
    before = page.locator("#figures time").get_attribute("datetime")
    visitor.until("before => document.querySelector('#figures time').dateTime !== before", before)
    expect(page.locator("#figures")).to_contain_text("complete")

    page.goto(f"{address}/account")
    page.click("text=Sign out")
    expect(page.locator("h1")).to_have_text("Sign in to Folio")
    page.goto(shown)
    expect(page.locator("h1")).to_have_text("Sign in to Folio")
    visitor._is_leaving = True  # the browser reports the 401 that comes now
    _fill(visitor, "wrong horse")
    expect(page.locator(".problem")).to_have_text("The name or the password is not right.")
    visitor._is_leaving = False
    _fill(visitor, PASSWORD)
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    expect(page.locator(".said")).to_have_text(QUESTION)
    visitor.context.close()
    assert visitor.problems == []


def test_it_works_without_scripts_and_in_german(browser: Browser, address: str) -> None:
    visitor = Visitor(
        browser, address, java_script_enabled=False, locale="de-DE", viewport={"width": 390, "height": 800}
    )
    page = visitor.page
    page.goto(f"{address}/register?next=/account")
    expect(page.locator("h1")).to_have_text("Lege dein Konto an")
    page.fill("input[name=username]", "Grete")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.button")
    expect(page.locator("h1")).to_have_text("Grete")
    page.fill("section:last-of-type input[name=password]", PASSWORD)
    page.check("input[name=sure]")
    page.click("button.bad")
    expect(page.locator("h1")).to_have_text("Bei Folio anmelden")
    page.goto(f"{address}/account")
    expect(page.locator("h1")).to_have_text("Bei Folio anmelden")
    visitor.context.close()
    assert visitor.problems == []


def test_strangers_reach_nothing_of_the_page_behind(address: str) -> None:
    for method, path in (
        ("GET", "/config"), ("GET", "/gradio_api/info"), ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/queue/join"), ("GET", "/gradio_api/queue/data"), ("GET", "/theme.css"), ("GET", "/"),
    ):  # fmt: skip
        assert httpx.request(method, f"{address}{path}", timeout=60).status_code == 401, path
    assert httpx.get(f"{address}/page/base.css", timeout=60).status_code == 200
    outside = {"Accept": "text/html", "Origin": "https://evil.example"}
    form = {"username": NAME, "password": PASSWORD}
    assert httpx.post(f"{address}/login", data=form, headers=outside, timeout=60).status_code == 403
    away = httpx.post(f"{address}/login", data={**form, "next": "//evil.example"}, timeout=60)
    assert (away.status_code, away.headers["location"]) == (303, "/")
    assert "frame-ancestors 'self'" in away.headers["content-security-policy"]
