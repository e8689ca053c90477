"""The report of a benchmark run: its figures by hand, its files, and every file it refuses."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmark_files import bench, suite, untimed, whole, write
from colours import SIGHT, contrast, lab, linear

from convformance.benchmarks.report import BenchmarkFileError, write_report
from convformance.benchmarks.report.facts import noise
from convformance.benchmarks.report.figures import noisy_groups, ratios_to_fastest, time_ratio, too_noisy
from convformance.benchmarks.report.goals import Goal, goals
from convformance.benchmarks.report.naming import duration, number, size
from convformance.benchmarks.report.reading import (
    EmptyFileError,
    ForeignFileError,
    OtherSchemaError,
    UnreadableFileError,
    read_run,
)

CONV2, CONV5, DEPTHWISE = "ResNet-50 conv2 3x3", "ResNet-50 conv5 3x3", "MobileNetV2 depthwise 3x3"


def oracle_file() -> dict[str, Any]:
    """Two plain layers at 0.9 and 0.4 of a limit of 50 GFLOP/s, so 0.6 on the geometric mean."""
    records = []
    for layer, fraction, torch in ((CONV2, 0.9, 0.45), (CONV5, 0.4, 0.5)):
        records += [
            bench("oracle", layer, "limit", 1.0, verdict=None),
            bench("oracle", layer, "oracle", fraction),
            bench("oracle", layer, "torch", torch),
            bench("oracle", layer, "value+magnitude", fraction / 2),
            bench("oracle", layer, "oracle transposed", fraction / 1.25),
            bench("oracle", layer, "oracle", fraction / 1.6, direction="dx"),
        ]
    return whole(records)


def goal(run_goals: list[Goal], text: str) -> Goal:
    (found,) = (one for one in run_goals if text in one.text)
    return found


def test_figures_of_one_entry(tmp_path: Path) -> None:
    run = read_run(write(tmp_path, oracle_file()))
    entry = run.entries[1]
    # 4.5e9 operations at 0.9 of 50 GFLOP/s: 0.1 seconds.
    assert entry.seconds == pytest.approx(0.1)
    assert entry.gflops == pytest.approx(45)
    assert entry.fraction == pytest.approx(0.9)
    assert entry.intensity == pytest.approx(45)  # of the 1e8 bytes of every entry here


def test_the_goals_by_hand(tmp_path: Path) -> None:
    found = goals(read_run(write(tmp_path, oracle_file())))
    fraction = goal(found, "fraction of the limit")
    assert (fraction.measured, fraction.reached) == ("0.600", False)
    assert "missed by 0.300" in fraction.short
    assert f"least on {CONV5}, 0.40" in fraction.short
    assert "measured on 2 of 8 layers" in fraction.short
    torch = goal(found, "torch")
    assert (torch.measured, torch.reached) == ("1.25 at worst", False)
    assert f"missed on 1 of 2: {CONV5} by 25.0% (1.25)" in torch.short
    assert goal(found, "value and magnitude").measured == "2.00 at worst"
    assert goal(found, "value and magnitude").reached is True
    assert goal(found, "transposed").measured == "1.25 at worst"
    assert goal(found, "gradient in the input").measured == "1.60 at worst"
    assert goal(found, "gradient in the input").reached is False
    assert goal(found, "gradient in the filters").reached is None
    assert goal(found, "scipy.signal").measured == "not measured"


def test_a_gradient_is_compared_in_units_of_its_own_limit(tmp_path: Path) -> None:
    # The machine was half as fast when the gradient was measured: twice the seconds, and no more costly.
    records = [
        bench("oracle", CONV2, "oracle", 0.8, limit=50),
        bench("oracle", CONV2, "oracle", 0.8, limit=25, direction="dx"),
    ]
    found = goals(read_run(write(tmp_path, whole(records))))
    assert goal(found, "gradient in the input").measured == "1.00 at worst"


def test_a_ratio_is_taken_round_by_round(tmp_path: Path) -> None:
    # Two of three rounds were slow for both: the medians say 1.5, the rounds say 2.
    records = [
        bench("frameworks", CONV2, "reference", samples=[1, 4, 4]),
        bench("frameworks", CONV2, "torch", samples=[2, 8, 8]),
        bench("frameworks", CONV2, "keras", samples=[3, 4]),
    ]
    reference, torch, keras = read_run(write(tmp_path, whole(records))).entries
    assert time_ratio(torch, reference) == 2
    assert time_ratio(keras, reference) == pytest.approx(3.5 / 4)  # rounds do not match: medians


def test_the_limit_and_other_work_are_never_the_fastest(tmp_path: Path) -> None:
    records = [
        bench("oracle", CONV2, "limit", 1.0, verdict=None),
        bench("oracle", CONV2, "oracle transposed", 0.9),
        bench("oracle", CONV2, "oracle", 0.8),
        bench("oracle", CONV2, "torch", 0.4),
    ]
    (group,) = read_run(write(tmp_path, whole(records))).groups().values()
    assert ratios_to_fastest(group) == pytest.approx({"oracle": 1.0, "torch": 2.0})


def test_noise_is_judged_by_the_limit_else_by_all(tmp_path: Path) -> None:
    quiet, loud = [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.5, 1.5]
    records = [
        bench("frameworks", CONV2, "limit", samples=loud, verdict=None),
        bench("frameworks", CONV2, "torch", samples=quiet),
        bench("frameworks", CONV5, "limit", samples=quiet, verdict=None),
        bench("frameworks", CONV5, "torch", samples=loud),
        bench("frameworks", DEPTHWISE, "torch", samples=loud),
        bench("frameworks", DEPTHWISE, "keras", samples=quiet),
    ]
    run = read_run(write(tmp_path, whole(records)))
    assert [key.layer for key in noisy_groups(run)] == [CONV2]
    assert too_noisy({"torch": run.entries[4]})
    assert "1 of 3 groups, marked with * below" in noise(run)
    html, md = report(tmp_path, whole(records))
    assert f"{CONV2} *" in html
    assert f"{CONV2} &#42;" in md
    assert f"{CONV5} *" not in html


def report(folder: Path, content: dict[str, Any], before: dict[str, Any] | None = None) -> tuple[str, str]:
    """Write a report and give its HTML and its Markdown."""
    old = None if before is None else write(folder, before, "before.json")
    page, text = write_report(write(folder, content), old, folder / "out" / "deeper")
    return page.read_text(encoding="utf-8"), text.read_text(encoding="utf-8")


def everything() -> dict[str, Any]:
    """An entry of every part, and words that would break a page."""
    content = oracle_file()
    for dtype in ("float32", "float64"):
        content["benchmarks"] += [
            bench("ladder", "small", "limit", 1.0, verdict=None, dtype=dtype),
            bench("ladder", "small", "loops", 1e-5, dtype=dtype),
            bench("ladder", "small", "oracle", 0.8, dtype=dtype),
        ]
    for direction in ("forward", "dx"):
        content["benchmarks"] += [
            bench("frameworks", CONV2, "limit", 1.0, verdict=None, direction=direction, dtype="float32"),
            bench("frameworks", CONV2, "reference", 0.2, direction=direction, dtype="float32"),
            bench("frameworks", CONV2, "torch", 0.8, direction=direction, dtype="float32", first=0.25, conversion=2e-3),
            bench("frameworks", CONV2, "my|engine <b>", 0.4, direction=direction, dtype="float32"),
        ]
    content["convformance"]["untimed"] = [
        untimed("frameworks", CONV2, "tensorflow", "wrong", "17 outputs <script> differ | https://example.org"),
        untimed("frameworks", CONV2, "keras", "unsupported", "no gradient"),
        untimed("oracle", CONV2, "scipy.signal", "imprecise", ""),
    ]
    content["convformance"]["suite"] = [suite(100, 1, 4.0), suite(200, 1, 6.0), suite(200, 2, 4.0)]
    return content


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """HTML and Markdown of every part, with a comparison."""
    return report(tmp_path_factory.mktemp("shown"), everything(), everything())


class Page(HTMLParser):
    """Collects what a browser would fetch, and checks that tags are closed."""

    VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.identifiers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self._collect(attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._collect(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def _collect(self, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "href", "xlink:href"}:
                self.addresses.append(value or "")
            if name == "id":
                self.identifiers.append(value or "")


def test_the_page_needs_nothing_else(shown: tuple[str, str]) -> None:
    html, _ = shown
    page = Page()
    page.feed(html)
    assert page.open == []
    assert not page.tags & {"link", "script", "img", "iframe"}
    assert all(address.startswith("#") for address in page.addresses)
    assert {address[1:] for address in page.addresses} <= set(page.identifiers)
    assert not re.search(r"url\((?!#)|@import", html)
    assert "http" not in html.replace("https://example.org", "")  # the words of others, as text
    assert "<script>" not in html


def test_the_page_shows_every_part(shown: tuple[str, str]) -> None:
    html, _ = shown
    for heading in (
        "The oracle&#39;s goals",
        "After against before",
        "The oracle",
        "The hot loop, step by step",
        "Frameworks side by side",
        "The suite&#39;s own speed",
        "What has no time",
    ):
        assert f"<h2>{heading}</h2>" in html
    # Oracle, its roofline, ladder, two heat maps, a roofline, two of the suite, the comparison.
    assert html.count("<svg ") == html.count("<figcaption>") == 9
    assert "small: from loops to oracle, 80,000 times faster in float64" in html
    assert "torch is fastest on 1 of 1 layers" in html
    for fact in ("AMD &amp; Sons", "avx2, fma", "openblas 0.3, kernel Haswell, 2 threads", "0123456789ab", "numpy 2.0"):
        assert fact in html
    assert "mmx" not in html


def test_what_does_not_conform_shows_its_verdict_and_no_number(tmp_path: Path) -> None:
    content = everything()
    slow = bench("frameworks", CONV2, "liar", 0.9, dtype="float32", verdict="wrong", detail="off by one")
    content["benchmarks"].append(slow)
    assert "liar" not in {entry.contender for entry in read_run(write(tmp_path, content)).entries}
    html, md = report(tmp_path, content)
    assert "wrong: off by one" in html
    assert '<td class="bad ">wrong</td>' in html
    assert "| **wrong** |" in md
    assert "17 outputs &#60;script&#62; differ &#124; https://example.org" in md


def test_a_chart_is_svg_in_the_colours_of_the_page(shown: tuple[str, str]) -> None:
    html, _ = shown
    charts = re.findall(r"<svg .*?</svg>", html, re.DOTALL)
    assert charts
    for chart in charts:
        ET.fromstring(chart)  # noqa: S314 - our own
        assert "var(--ink)" in chart
        assert "#0000" not in chart.replace("#000000", "")
        assert 'aria-label="' in chart
    identifiers = re.findall(r'\bid="([^"]*)"', html)
    assert len(identifiers) == len(set(identifiers))


def test_the_markdown_says_first_what_is_missed(shown: tuple[str, str]) -> None:
    _, md = shown
    lines = md.splitlines()
    assert lines[2] == "**2 of 5 goals of the oracle reached.**"
    assert lines[3].startswith("- **missed**: fraction of the limit")
    assert len(md) < 65536  # what a comment may hold


def test_a_part_that_was_not_run_is_not_shown(tmp_path: Path) -> None:
    html, md = report(tmp_path, whole([], suite=[suite(100, 1, 4.0)]))
    assert html.count("<h2>") == 1
    assert "## The oracle" not in md
    assert "25 cases a second (quick, torch, 1 job)" in html
    html, md = report(tmp_path, whole([], untimed=[untimed("frameworks", CONV2, "keras", "crashed", "signal 11")]))
    assert "nothing was timed" in html
    assert "**crashed**" in md


def test_a_machine_of_which_nothing_is_known(tmp_path: Path) -> None:
    content = everything()
    content["convformance"]["machine"] = {}
    del content["datetime"], content["commit_info"]
    html, _ = report(tmp_path, content)
    assert "<dd>not readable</dd>" in html
    assert "an unknown time, commit unknown" in html


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        (None, UnreadableFileError, "can't be read: No such file"),
        (b"\xff\xfe\x00", UnreadableFileError, "is not UTF-8 text"),
        (b"{", ForeignFileError, "is not JSON: .* line 1, column 2"),
        (b"[]", ForeignFileError, "has no section `convformance`"),
        (b'{"benchmarks": []}', ForeignFileError, "has no section `convformance`"),
        (b'{"convformance": {"schema": 2}}', OtherSchemaError, "schema must be 1: got 2"),
        (b'{"convformance": {"schema": 1}}', ForeignFileError, "is a required property"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(
    tmp_path: Path, text: bytes | None, error: type[BenchmarkFileError], says: str
) -> None:
    file = tmp_path / "given.json"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(error, match=says) as caught:
        read_run(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_without_measurements_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyFileError, match="holds no measurement"):
        write_report(write(tmp_path, whole([])), None, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("where", "value", "says"),
    [
        (("extra_info", "flops"), "many", r"benchmarks\.0\.extra_info\.flops: 'many' is not of type 'integer'"),
        (("extra_info", "direction"), "sideways", "'sideways' is not one of"),
        (("stats", "median"), 0, "0 is less than or equal to the minimum of 0"),
    ],
)
def test_a_damaged_entry_is_refused_with_its_place(
    tmp_path: Path, where: tuple[str, str], value: object, says: str
) -> None:
    record = bench("oracle", CONV2, "oracle", 0.5)
    record[where[0]][where[1]] = value
    with pytest.raises(ForeignFileError, match=says):
        read_run(write(tmp_path, whole([record])))


def test_a_folder_is_read_by_its_file(tmp_path: Path) -> None:
    write(tmp_path, oracle_file())
    assert read_run(tmp_path).path == tmp_path / "benchmarks.json"


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1,234"), (98.765, "98.8"), (1.234, "1.23"), (0.01234, "0.0123"), (0, "0")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (2, "2.00 s"), (0.0125, "12.5 ms"), (3e-6, "3.00 µs"), (5e-8, "50.0 ns")]
)
def test_durations_have_a_unit(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_sizes_have_a_unit() -> None:
    assert (size(3 * 2**20), size(3 * 2**30)) == ("3.00 MiB", "3.00 GiB")


def test_colours_of_series_stay_apart_for_all_readers(shown: tuple[str, str]) -> None:
    html, _ = shown
    light, dark = re.findall(r":root \{(.*?)\}", html, re.DOTALL)
    for scheme in (light, dark):
        page, *series = (linear(color) for color in re.findall(r"--(?:page|series-\d): (#\w{6})", scheme))
        assert len(series) == 8
        assert all(contrast(page, color) >= 3 for color in series)  # WCAG 2.2, 1.4.11
        for matrix in SIGHT.values():
            seen = [lab(matrix @ color) for color in series]
            assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 20
