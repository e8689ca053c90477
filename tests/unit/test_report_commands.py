"""What a run leaves behind, and the commands that work on it."""

import json
from pathlib import Path

import pytest
from by_hand import verdict, write
from commands import Run, adapter, convformance, run

CASE = "conv2d-n2-i9x8-c4-f6-k3x2-s2x1-psame-d1x2-g2-b-f32.forward.exact"
LIAR = "reference+kernel-flipped"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("honest"), adapter("honest", "Honest"), "--shard=11/141")


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("github") / "summary.md"


@pytest.fixture(scope="module")
def lying(tmp_path_factory: pytest.TempPathFactory, github: Path) -> Run:
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(github),
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_RUN_ID": "7",
    }
    former = write(tmp_path_factory.mktemp("former"), verdict("exact", adapter=LIAR))
    words = [f"--adapter={LIAR}", "--shard=11/141", f"--baseline={former}"]
    return run(tmp_path_factory.mktemp("lying"), *words, environment=environment)


def test_a_run_ends_with_its_result_and_the_page(honest: Run) -> None:
    *_, result, verdicts, report = honest.stdout.splitlines()
    assert result.startswith("honest ")
    assert ": 34 conform, 0 do not" in result
    assert verdicts == f"verdicts: {honest.folder / 'verdicts.jsonl'}"
    assert report == f"report: {honest.folder / 'index.html'}"


def test_everything_is_rendered_beside_the_verdicts(honest: Run) -> None:
    names = {path.relative_to(honest.folder).as_posix() for path in honest.folder.rglob("*") if path.is_file()}
    assert names == {"verdicts.jsonl", "index.html", "summary.md", "junit.xml", "badges/honest.json"}
    badge = json.loads((honest.folder / "badges/honest.json").read_text(encoding="utf-8"))
    assert badge["color"] == "brightgreen"


def test_on_a_runner_of_github_the_job_is_told(lying: Run, github: Path) -> None:
    assert lying.code == 1
    summary = github.read_text(encoding="utf-8")
    assert "https://forge.example/owner/name/actions/runs/7#artifacts" in summary
    assert "kernel flipped" in summary
    assert "### New since " in (lying.folder / "summary.md").read_text(encoding="utf-8")
    commands = [line for line in lying.stdout.splitlines() if line.startswith("::")]
    assert len(commands) == 1
    assert commands[0].startswith("::error title=")


def test_a_summary_that_can_not_be_written_is_said_and_not_the_end(tmp_path: Path) -> None:
    nowhere = {"GITHUB_STEP_SUMMARY": str(tmp_path / "nowhere" / "summary.md")}
    done = run(tmp_path / "report", "--adapter=reference", "--shard=1/300", environment=nowhere)
    assert done.code == 0
    assert "the summary can't be written to GITHUB_STEP_SUMMARY: No such file or directory" in done.stdout


def test_a_run_that_ends_early_leaves_no_former_page(tmp_path: Path) -> None:
    first = run(tmp_path, "--adapter=reference", "--shard=1/300")
    assert first.code == 0
    (tmp_path / "index.html").write_text("former", encoding="utf-8")
    # The worker can't even import the adapter's module a second time.
    (tmp_path / "once.py").write_text(
        "import os\nfrom pathlib import Path\n"
        "from convformance.adapters.numpy_reference import Reference\n"
        "mark = Path(__file__).with_name('made')\n"
        "if mark.exists():\n    raise ImportError('only once')\nmark.touch()\n"
        "class Once(Reference):\n    name = 'once'\n",
        encoding="utf-8",
    )
    second = run(tmp_path, f"--adapter={tmp_path / 'once.py'}:Once", "--shard=1/300")
    assert second.code != 0
    assert not (tmp_path / "index.html").exists()


def test_rendering_anew_gives_the_same_page(lying: Run, tmp_path: Path) -> None:
    before = {name: (lying.folder / name).read_bytes() for name in ("index.html", "junit.xml")}
    done = convformance("report", "write", str(lying.folder), "--artifact", "https://example.org/1")
    assert done.returncode == 1
    assert done.stdout == f"page: {lying.folder / 'index.html'}\n"
    assert before == {name: (lying.folder / name).read_bytes() for name in before}
    assert "https://example.org/1" in (lying.folder / "summary.md").read_text(encoding="utf-8")
    assert convformance("report", "write", str(lying.folder / "verdicts.jsonl")).returncode == 2
    assert convformance("report", "write", str(tmp_path)).returncode == 2


def test_a_report_is_merged_and_compared(honest: Run, lying: Run, tmp_path: Path) -> None:
    merged = convformance(
        "report", "merge", str(honest.folder), str(lying.folder), "--partial", "--report", str(tmp_path / "all")
    )
    assert merged.returncode == 1, merged.stderr
    assert (tmp_path / "all" / "index.html").exists()
    same = convformance("report", "diff", str(honest.folder), str(tmp_path / "all"))
    assert same.returncode == 0, same.stdout + same.stderr
    strangers = convformance("report", "diff", str(honest.folder), str(lying.folder))
    assert strangers.returncode == 2
    assert strangers.stderr.startswith("convformance: ")


def test_a_baseline_of_other_adapters_is_refused_before_anything_is_judged_or_written(
    honest: Run, tmp_path: Path
) -> None:
    (tmp_path / "stranger").mkdir()
    stranger = str(write(tmp_path / "stranger", verdict("exact", adapter="stranger")))
    before = {path: path.read_bytes() for path in honest.folder.rglob("*") if path.is_file()}
    for words in (
        ("write", str(honest.folder)),
        ("merge", str(honest.folder), "--partial", "--report", str(tmp_path / "all")),
    ):
        done = convformance("report", *words, "--baseline", stranger)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "convformance: --baseline: no adapter is in both reports, so nothing can be compared: the old one has "
            "'stranger', the new one 'honest'\n"
        )
    assert before == {path: path.read_bytes() for path in before}
    refused = run(tmp_path / "new", adapter("honest", "Honest"), "--shard=11/141", f"--baseline={stranger}")
    assert (refused.code, refused.stdout) == (2, "")
    assert "no adapter is in both reports" in refused.stderr
    assert not list((tmp_path / "new").iterdir())


def test_what_can_not_be_merged_is_one_line(honest: Run, tmp_path: Path) -> None:
    done = convformance("report", "merge", str(honest.folder), "--report", str(tmp_path))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["show", "write", "merge", "expected", "diff", "baseline"])
def test_every_command_names_the_line_that_is_damaged(command: str, honest: Run, tmp_path: Path) -> None:
    text = (honest.folder / "verdicts.jsonl").read_text(encoding="utf-8")
    lines = text.splitlines()
    lines[4] = lines[4][: len(lines[4]) // 2]
    (tmp_path / "verdicts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    words = {
        "merge": ["report", "merge", str(tmp_path), "--report", str(tmp_path / "out")],
        "diff": ["report", "diff", str(honest.folder), str(tmp_path)],
        "expected": ["expected", "update", "--report", str(tmp_path), "--expected", str(tmp_path / "e.toml")],
        "baseline": ["run", "--adapter=reference", f"--baseline={tmp_path}", f"--report={tmp_path / 'out'}"],
    }.get(command, ["report", command, str(tmp_path)])
    done = convformance(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"{tmp_path / 'verdicts.jsonl'}, line 5: not JSON: " in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["verdicts.jsonl"]


def test_the_meaning_of_a_case_is_drawn_without_asking_anybody(tmp_path: Path) -> None:
    done = convformance("case", CASE, "--picture", str(tmp_path / "case.svg"))
    assert (done.returncode, done.stdout) == (0, f"picture: {tmp_path / 'case.svg'}\n")
    drawn = (tmp_path / "case.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert "got" not in drawn


def test_an_answer_is_drawn_beside_what_it_should_be(tmp_path: Path) -> None:
    done = convformance(
        "case",
        CASE,
        f"--adapter={LIAR}",
        "--adapter=reference",
        "--no-diagnosis",
        "--picture",
        str(tmp_path / "c.html"),
    )
    assert done.returncode == 1
    drawn = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert drawn.lower().startswith("<!doctype html>")
    assert f"what {LIAR} gave" in drawn
    assert "what reference gave" in drawn


@pytest.mark.parametrize(
    ("case", "file", "said"),
    [
        (CASE, "case.png", "--picture must end with .svg or .html: got"),
        (CASE, "nowhere/case.svg", "can't be written: there is no folder"),
        (CASE.replace("forward", "law-linear-x"), "case.svg", "law"),
        ("conv2d", "case.svg", "conv2d"),
    ],
)
@pytest.mark.parametrize("asked", [[f"--adapter={LIAR}"], []])
def test_a_picture_that_can_not_be_drawn_is_said_before_anybody_is_asked(
    asked: list[str], case: str, file: str, said: str, tmp_path: Path
) -> None:
    done = convformance("case", case, *asked, "--picture", str(tmp_path / file))
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr


@pytest.mark.parametrize("where", ["nowhere/changes.md", "."])
def test_a_difference_that_can_not_be_written_is_one_line(where: str, honest: Run, tmp_path: Path) -> None:
    folder = str(honest.folder)
    done = convformance("report", "diff", folder, folder, "--markdown", str(tmp_path / where))
    assert (done.returncode, done.stdout) == (2, "")
    assert "can't be written: " in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_can_not_be_rendered_to_is_one_line(honest: Run, tmp_path: Path) -> None:
    (tmp_path / "verdicts.jsonl").write_bytes((honest.folder / "verdicts.jsonl").read_bytes())
    (tmp_path / "summary.md").mkdir()
    done = convformance("report", "write", str(tmp_path))
    assert done.returncode == 2
    assert f"{tmp_path / 'summary.md'} can't be written: " in done.stderr


def test_an_artifact_has_an_address(honest: Run) -> None:
    done = convformance("report", "write", str(honest.folder), "--artifact", "javascript:alert(1)")
    assert done.returncode == 2
    assert "--artifact must be an address that begins with https:// or http://" in done.stderr


def test_a_refused_merge_leaves_no_folder(honest: Run, tmp_path: Path) -> None:
    done = convformance("report", "merge", str(honest.folder), "--report", str(tmp_path / "new"))
    assert done.returncode == 2
    assert not (tmp_path / "new").exists()


def test_a_file_of_the_folder_takes_no_modules_place(tmp_path: Path) -> None:
    (tmp_path / "py.py").write_text("raise SystemExit(9)\n", encoding="utf-8")
    done = convformance(
        *("run", "--adapter=reference", "--shard=1/300", "--report=report"),
        cwd=tmp_path,
        environment={"PYTHONSAFEPATH": "1"},  # the tests start the command line by -m, people by its own script
    )
    assert done.returncode == 0, done.stdout + done.stderr
