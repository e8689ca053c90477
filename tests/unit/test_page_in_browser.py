"""The page of a report as people use it, in a real Chromium: without network, with a mouse, with keys alone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from by_hand import verdict
from chromium import Watched, executable, launched, opened
from commands import Run, run
from large_report import large_report
from paged import ANSWER, HOSTILE, diagnosis, report
from playwright.sync_api import Browser, expect

from convformance.tests.conformance.report.html.page import write_page
from convformance.tests.conformance.report.reading import Report, read_report
from convformance.tests.conformance.report.table.overview import overview
from convformance.tests.conformance.report.table.page import table_page
from convformance.tests.conformance.verdicts import Verdict

pytestmark = pytest.mark.heavy

LIAR = "reference+kernel-flipped"
LARGEST = 15e6
LONGEST = 2000.0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture(scope="session")
def lying(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("lying"), "--adapter=reference", f"--adapter={LIAR}", "--shard=11/141")


@pytest.fixture(scope="session")
def lies(lying: Run) -> Report:
    return read_report(lying.folder)


@pytest.fixture(scope="session")
def file(lying: Run, lies: Report) -> Path:
    return write_page(lies, lying.folder)


@pytest.fixture
def watched(browser: Browser, file: Path) -> Iterator[Watched]:
    with opened(browser, file) as found:
        yield found
        assert found.errors == []
        assert found.requests == []


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(large_report(30_000, names=("one", "two")), tmp_path_factory.mktemp("large"))


def said(verdict: Verdict) -> str:
    """What the filter for text looks at."""
    return f"{verdict.case} {verdict.detail} {verdict.fault}".lower()


def matches(watched: Watched) -> int:
    """How many verdicts the page says match."""
    found = re.match(r"([\d,]+) of", watched.page.inner_text("#matches"))
    return int(found[1].replace(",", "")) if found else 0


def test_where_there_is_no_browser_the_tests_fail_and_say_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        executable()


def test_from_the_red_exit_code_to_the_case_takes_three_clicks(lying: Run, watched: Watched) -> None:
    assert lying.code == 1
    page = watched.page  # the first click opened it
    page.click("#overview .card a.case")  # the second
    expect(page.locator("#case h1 .badge")).to_contain_text("wrong")
    assert page.locator("#case .picture svg").is_visible()
    case = page.inner_text("#case")
    assert "kernel flipped" in case
    assert "Reproducer" in case
    assert "import numpy as np" in case
    assert f"--adapter {LIAR}" in case


FILTERS = [
    ("adapter", LIAR),
    ("feature", "stride"),
    ("dtype", "float32"),
    ("direction", "forward"),
    ("verdict", "wrong"),
    ("verdict", "fails"),
    ("text", "conv2d"),
    ("text", "KERNEL flipped"),
]


@pytest.mark.parametrize(("name", "value"), FILTERS)
def test_each_filter_leaves_exactly_what_it_names(name: str, value: str, watched: Watched, lies: Report) -> None:
    wanted = {
        "adapter": lambda one: one.adapter == value,
        "feature": lambda one: value in one.features,
        "dtype": lambda one: "-f32." in one.case,
        "direction": lambda one: one.direction == value,
        "verdict": lambda one: one.fails if value == "fails" else one.verdict == value,
        "text": lambda one: all(word in said(one) for word in value.lower().split()),
    }[name]
    count = sum(map(wanted, lies.verdicts))
    assert 0 < count < len(lies.verdicts)
    field = watched.page.locator(f"#filters [name={name}]")
    if name == "text":
        field.fill(value)
    else:
        field.select_option(value)
    expect(watched.page.locator("#matches")).to_have_text(f"{count} of {len(lies.verdicts)} verdicts")
    assert watched.page.locator("#results li").count() == min(count, 50)


def test_filters_combine_are_kept_in_the_address_and_reset(watched: Watched, browser: Browser, file: Path) -> None:
    page = watched.page
    page.select_option("[name=adapter]", LIAR)
    page.select_option("[name=verdict]", "wrong")
    page.fill("[name=text]", "conv2d")
    page.wait_for_url(re.compile("text=conv2d"))
    count = matches(watched)
    fragment = page.url.partition("#")[2]
    with opened(browser, file, f"#{fragment}") as other:
        assert matches(other) == count
        assert other.page.input_value("[name=adapter]") == LIAR
        assert other.page.input_value("[name=verdict]") == "wrong"
        assert other.page.input_value("[name=text]") == "conv2d"
    page.click("#filters button[type=reset]")
    assert matches(watched) > count
    assert "#" not in page.url
    page.fill("[name=text]", "nothing has this in it")
    expect(page.locator("#matches")).to_contain_text("Nothing matches")
    assert page.locator("#results li").count() == 0


def test_a_cell_opens_its_cases(watched: Watched, lies: Report) -> None:
    page = watched.page
    cell = page.locator(f".matrix a[href='#adapter={LIAR}&feature=stride']")
    cell.click()
    expect(page.locator("#matches")).to_contain_text("of")
    wanted = sum(one.adapter == LIAR and "stride" in one.features for one in lies.verdicts)
    assert matches(watched) == wanted
    assert page.input_value("[name=feature]") == "stride"
    assert page.locator("#results li").first.is_visible()
    box = page.locator("#list").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 500


def test_what_fails_is_listed_first(watched: Watched, lies: Report) -> None:
    states = watched.page.locator("#results li").evaluate_all("lines => lines.map(line => line.className)")
    failing = sum(one.fails for one in lies.verdicts)
    assert states[: min(50, failing)] == ["fails"] * min(50, failing)


def test_a_link_opens_a_case_with_its_adapters_side_by_side(browser: Browser, file: Path, lies: Report) -> None:
    wrong = next(one for one in lies.verdicts if one.fails)
    with opened(browser, file, f"#case={LIAR}/{wrong.case}") as found:
        case = found.page.inner_text("#case")
        assert wrong.detail in case
        for name in ("exact numbers", "proven bound", "spread", "form and behaviour"):
            assert name in case
        assert not found.page.locator("#overview").is_visible()
        found.page.click("#case table a:text('reference')")
        expect(found.page.locator("#case h1 .badge")).not_to_contain_text("wrong")
        found.page.go_back()
        expect(found.page.locator("#case h1 .badge")).to_contain_text("wrong")
        found.page.click("text=back to the report")
        expect(found.page.locator("#overview")).to_be_visible()
        assert found.errors == []
    with opened(browser, file, "#case=nobody/nothing") as found:
        assert "Not in this report" in found.page.inner_text("#case")
        assert found.errors == []


def test_copy_buttons_copy_what_they_stand_beside(watched: Watched, lying: Run) -> None:
    page = watched.page
    page.click("#overview .card a.case")
    command = page.locator("#case .copied", has_text="convformance case").last
    command.locator("button").click()
    expect(command.locator("button")).to_have_text("copied")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == command.locator("pre").inner_text()
    assert copied.endswith(f" --adapter {LIAR}")
    script = page.locator("#case .copied", has_text="import numpy").locator("button")
    script.click()
    expect(script).to_have_text("copied")
    source = next(path.read_text(encoding="utf-8") for path in (lying.folder / "reproducers").glob("*flipped-1.py"))
    assert page.evaluate("() => navigator.clipboard.readText()") == source


def test_a_copy_button_works_where_the_clipboard_is_not_allowed(watched: Watched) -> None:
    page = watched.page
    page.evaluate("() => { Object.defineProperty(navigator, 'clipboard', { value: undefined }); }")
    page.click("#overview .card summary")
    button = page.locator("#overview .card .copy").first
    button.click()
    expect(button).to_have_text("copied")


def test_keys_alone_reach_a_case_and_come_back(watched: Watched) -> None:
    page = watched.page
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.getAttribute('href')") == "#cases"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.closest('#results') !== null"):
            break
    link = page.evaluate("() => document.activeElement.getAttribute('href')")
    assert link.startswith("#case=")
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator("#case h1")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#overview")).to_be_visible()
    assert page.evaluate("() => document.activeElement.getAttribute('href')") == link


def test_every_control_has_a_name_and_every_table_its_headings(watched: Watched) -> None:
    page = watched.page
    unnamed = page.evaluate(
        "() => [...document.querySelectorAll('a, button, select, input')]"
        ".filter(one => !(one.textContent.trim() || one.ariaLabel || one.labels?.length)).length"
    )
    assert unnamed == 0
    assert page.evaluate("() => [...document.querySelectorAll('th')].filter(one => !one.scope).length") == 0
    assert page.get_attribute("#matches", "aria-live") == "polite"
    assert page.locator("main:visible").count() == 1
    assert page.locator("h1:visible").count() == 1


@pytest.mark.parametrize("part", ["", "case"])
def test_a_narrow_window_scrolls_only_inside_its_tables(part: str, browser: Browser, file: Path, lies: Report) -> None:
    wrong = next(one for one in lies.verdicts if one.fails)
    fragment = f"#case={LIAR}/{wrong.case}" if part else ""
    with opened(browser, file, fragment, viewport={"width": 400, "height": 800}) as found:
        wide = found.page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= 400
        if not part:
            assert found.page.locator(".hint").is_visible()
            inner = found.page.locator(".matrix").evaluate("frame => [frame.scrollHeight, frame.clientHeight]")
            assert inner[0] > inner[1]


def test_many_adapters_of_long_names_scroll_inside_too(browser: Browser, tmp_path: Path) -> None:
    names = [f"{'my-long-named-engine-' * 6}{place}" for place in range(6)]
    file = write_page(report(*(verdict("wrong", adapter=name, detail="x" * 300) for name in names)), tmp_path)
    for width in (400, 1280):
        for fragment in ("", f"#case={names[0]}/{verdict('wrong').case}"):
            with opened(browser, file, fragment, viewport={"width": width, "height": 800}) as found:
                assert found.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_page_follows_the_scheme(browser: Browser, file: Path) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        with opened(browser, file, color_scheme=scheme) as found:
            grounds.append(found.page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
            assert found.errors == []
    assert grounds == ["rgb(255, 255, 255)", "rgb(20, 23, 28)"]


def test_who_has_no_script_still_sees_what_fails(browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    shown = page.inner_text("body")
    assert "kernel flipped" in shown
    assert "needs JavaScript" in shown
    assert not page.locator("#filters").is_visible()
    context.close()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_runs_nothing(text: str, browser: Browser, tmp_path: Path) -> None:
    wrong = verdict("wrong", adapter=text, detail=text, fault=text, answer=ANSWER)
    real = wrong.case.replace("exact", "real")
    third = verdict("wrong", real, adapter=text, detail=text, fraction=3.0, expected=text)
    what = report(wrong, third, diagnoses=[diagnosis(wrong, text, description=text, minimal=text, missing=text)])
    what.header["adapters"][0].update(version=text, spelling=text)
    with opened(browser, write_page(what, tmp_path)) as found:
        page = found.page
        assert text in page.inner_text("#overview")
        page.click("#results a.case >> nth=0")
        expect(page.locator("#case")).to_contain_text(text)
        assert text in (page.text_content("#case .picture svg") or "")
        page.keyboard.press("Escape")
        page.fill("[name=text]", text)
        page.wait_for_timeout(200)
        assert matches(found) == 2
        assert (found.errors, found.requests, found.dialogs) == ([], [], [])


def test_a_script_that_got_in_would_not_run(browser: Browser, file: Path, tmp_path: Path) -> None:
    # Should escaping ever fail, the policy in the page's head still allows one script alone, by its digest.
    changed = tmp_path / "changed.html"
    source = file.read_text(encoding="utf-8")
    changed.write_text(source.replace("<main", "<script>alert(1)</script><main", 1), encoding="utf-8")
    with opened(browser, changed) as found:
        assert found.dialogs == []
        assert any("Content Security Policy" in error for error in found.errors)


def test_thirty_thousand_verdicts_open_at_once(browser: Browser, large: Path) -> None:
    assert large.stat().st_size < LARGEST
    with opened(browser, large) as found:
        loaded, listed = found.page.evaluate(
            "() => [performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd, "
            "performance.getEntriesByName('listed')[0].startTime]"
        )
        assert found.page.locator("#results li").first.is_visible()
        assert matches(found) == 30_000
        assert max(loaded, listed) < LONGEST
        found.page.fill("[name=text]", "depthwise2d real")
        expect(found.page.locator("#matches")).not_to_contain_text("30,000 of", timeout=LONGEST)
        found.page.click("#forth")
        assert found.page.inner_text("#where").startswith("51 to")
        assert "page=2" in found.page.url
        assert found.errors == []


@pytest.mark.parametrize("width", [400, 1280])
def test_the_table_of_engines_scrolls_in_its_frame_with_names_and_features_in_sight(
    width: int, browser: Browser, tmp_path: Path
) -> None:
    names = [f"some-engine-{place}" for place in range(30)]
    some = [verdict("unsupported" if place % 2 else "exact", adapter=name) for place, name in enumerate(names)]
    what = report(*(one if one.conforms else replace(one, detail="no kernel") for one in some))
    file = tmp_path / "table.html"
    file.write_text(table_page(what, overview(what)), encoding="utf-8")
    with opened(browser, file, ready="#how", viewport={"width": width, "height": 300}) as found:
        page = found.page
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        frame = page.locator(".engines")
        frame.scroll_into_view_if_needed()
        sizes = frame.evaluate("one => [one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight]")
        assert min(sizes) > 0
        frame.evaluate("one => one.scrollTo(one.scrollWidth, one.scrollHeight)")
        inside = frame.bounding_box()
        feature = page.locator(".engines tbody th").last.bounding_box()
        engine = page.locator(".engines thead th").last.bounding_box()
        assert inside is not None
        assert feature is not None
        assert engine is not None
        assert feature["x"] == pytest.approx(inside["x"], abs=2)
        assert engine["y"] == pytest.approx(inside["y"], abs=2)
        assert engine["height"] > engine["width"]
        page.locator(".engines td.unsupported a").last.click()
        assert page.evaluate("() => location.hash") == "#reason-1"
        assert page.locator("#reason-1").evaluate("one => one.matches(':target')")
        assert found.errors == []
        assert found.requests == []
