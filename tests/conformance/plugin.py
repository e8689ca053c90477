"""The pytest plugin: the options of `convformance run`, prefixed. Without `--convformance-adapter` it does nothing."""

from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from convformance.tests.conformance.worker import Worker

CONTROLLER = "convformance-controller"
WORKER = "convformance-worker"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("convformance", "conformance of convolutions")
    group.addoption(
        "--convformance-adapter",
        action="append",
        default=[],
        metavar="ADAPTER",
        help="a registered name, package.module:Attribute, or path/to/file.py:Attribute; may be given again",
    )
    group.addoption("--convformance-tier", default="quick", metavar="quick|full", help="how many cases (quick)")
    group.addoption(
        "--convformance-case", action="append", default=[], metavar="CASE", help="this case instead of a tier"
    )
    group.addoption(
        "--convformance-report",
        default="convformance-report",
        metavar="DIR",
        help="where verdicts.jsonl is written (convformance-report)",
    )
    group.addoption("--convformance-expected", metavar="FILE", help="known nonconformances, as TOML")
    group.addoption("--convformance-shard", metavar="i/n", help="the i-th of n parts, each a mixture of the whole")
    group.addoption("--convformance-max-work", type=int, metavar="N", help="only cases of at most N multiplications")
    group.addoption(
        "--convformance-no-diagnosis", action="store_true", help="do not name, describe and shrink what fails"
    )
    group.addoption(
        "--convformance-timeout", type=float, default=60.0, metavar="SECONDS", help="time limit for a case (60)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Become controller, worker, or both, when adapters are asked for."""
    if not config.option.convformance_adapter:
        return
    # The suite's modules are imported only now: a plugin is imported by every pytest run on the machine.
    from convformance.tests.conformance.session import Controller, Summary  # noqa: PLC0415
    from convformance.tests.conformance.worker import Worker, is_xdist_worker  # noqa: PLC0415

    if is_xdist_worker(config):
        names: dict[str, str] = config.workerinput["convformance_names"]  # type: ignore[attr-defined]
    else:
        controller: Controller | None = config.pluginmanager.get_plugin(CONTROLLER)
        if controller is None:
            controller = Controller.from_pytest(config)
            config.pluginmanager.register(controller, CONTROLLER)
            config.pluginmanager.register(Summary(controller))
        names = controller.plan.names
    config.pluginmanager.register(Worker(config, names), WORKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the one test its questions."""
    if "convformance_question" not in metafunc.fixturenames:
        return
    worker: Worker | None = metafunc.config.pluginmanager.get_plugin(WORKER)
    if worker is None:
        raise pytest.UsageError("the conformance suite needs at least one --convformance-adapter ADAPTER")
    metafunc.parametrize("convformance_question", worker.questions(), ids=str)


@pytest.fixture(scope="session")
def convformance_worker(pytestconfig: pytest.Config) -> "Worker":
    """Give the part of the suite that judges in this process."""
    return cast("Worker", pytestconfig.pluginmanager.get_plugin(WORKER))
