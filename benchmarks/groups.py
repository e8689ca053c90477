"""One group of the side by side: everybody's verdict on one question, then everybody's samples, taken in turns."""

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any, Final

from convformance.benchmarks.contenders import REFERENCE, Contender, Question
from convformance.benchmarks.crew import Crew, NotAskedError, Worker
from convformance.benchmarks.layers import bytes_moved, flops
from convformance.benchmarks.limit import LIMIT, limit_entry
from convformance.benchmarks.rounds import LostError, Pace, Sampler, interleave
from convformance.benchmarks.worker import Prepare, Product, Ready
from convformance.reference.errors import BlindCaseError
from convformance.reference.posing import pose

PART: Final = "frameworks"
GEMM_SIZE: Final = 1024
"""Rows of the matrices whose product is the limit. It is sampled in every round of every group, so it must be short."""
MOST_SECONDS: Final = 5.0
"""A contender is not asked for many images where these are expected to take longer than this a call."""
NOT_RUN: Final = "not run"
"""The verdict on what was not asked."""

_WIDE: Final = "limit of float64"


@dataclass(frozen=True)
class Timed:
    """A contender's samples, and what the JSON says of them besides."""

    samples: list[float]
    extra_info: Mapping[str, Any]


@dataclass
class Group:
    """What one question gave.

    Attributes
    ----------
    name : str
        The question.
    timed : dict of str to Timed
        Who has a time.
    untimed : dict of str to dict
        Who has none: the entry for `convformance.benchmarks.record.record_untimed`.
    """

    name: str
    timed: dict[str, Timed] = field(default_factory=dict)
    untimed: dict[str, dict[str, Any]] = field(default_factory=dict)


def measure(question: Question, crew: Crew, pace: Pace) -> Group:
    """Ask all contenders one question and time those whose answers conform.

    Parameters
    ----------
    question : Question
        What is asked.
    crew : Crew
        Of the question's number of threads.
    pace : Pace
        How much is measured.

    Returns
    -------
    Group
        Of everybody in the crew, and of the limit.

    Raises
    ------
    LostError
        Where NumPy's own matrix product can't be measured: then nothing here can.
    """
    everybody = [LIMIT, *(contender.name for contender in crew.workers)]
    if question.too_large is not None:
        return _not_run(question, everybody, question.too_large)
    crew.start()
    request = Prepare(str(question.case), crew.folder / "numbers")
    try:
        # Made once for all contenders.
        with request.numbers.open("wb") as file:
            pickle.dump(pose(question.case), file, protocol=5)
    except BlindCaseError as error:
        return _not_run(question, everybody, str(error))
    ready = {
        contender.name: _prepared(question, contender, worker, request, crew.one_image)
        for contender, worker in crew.workers.items()
    }
    request.numbers.unlink()
    return _time(question, crew, pace, ready)


def _not_run(question: Question, names: Iterable[str], why: str) -> Group:
    return Group(
        str(question), {}, {name: {**_what(question, name), "verdict": NOT_RUN, "detail": why} for name in names}
    )


def _prepared(
    question: Question,
    contender: Contender,
    worker: Worker,
    request: Prepare,
    one_image: Mapping[tuple[str, str, str], float],
) -> Ready:
    """Have a contender make its callable and judge it, unless it is known to be too slow."""
    reason = contender.refuses(question.problem)
    if reason is not None:
        return Ready("unsupported", reason)
    seconds = one_image.get((contender.name, question.layer.name, question.direction), 0.0)
    if question.batch * seconds > MOST_SECONDS:
        return Ready(NOT_RUN, f"one image takes {seconds:.2g} s: {question.batch} would take too long")
    try:
        ready: Ready = worker.request(request)
    except NotAskedError as error:
        return Ready(NOT_RUN, str(error))
    except LostError as error:
        return Ready("crashed", str(error))
    return ready


def _time(question: Question, crew: Crew, pace: Pace, ready: Mapping[str, Ready]) -> Group:
    """Take the samples, those of the limit among them."""
    samplers: dict[str, Sampler] = {LIMIT: partial(_product_seconds, crew.limit, question.problem.dtype)}
    if REFERENCE in ready:
        samplers[_WIDE] = partial(_product_seconds, crew.limit, "float64")
    samplers |= {worker.name: worker.sample for worker in crew.workers.values() if ready[worker.name].conforms}
    measured = interleave(samplers, pace)
    for limit in {LIMIT, _WIDE} & measured.lost.keys():
        raise LostError(f"NumPy's matrix product: {measured.lost[limit]}")
    group = Group(str(question))
    rates = {name: 2e-9 * GEMM_SIZE**3 / median(measured.samples[name]) for name in (LIMIT, _WIDE) if name in samplers}
    if question.batch == 1:
        for name, samples in measured.samples.items():
            crew.one_image[name, question.layer.name, question.direction] = median(samples)
    for name in (LIMIT, *ready):
        entry = _what(question, name)
        if name in measured.samples:
            # The reference computes in float64 whatever the dtype is.
            rate = rates[_WIDE if name == REFERENCE else LIMIT]
            group.timed[name] = Timed(measured.samples[name], entry | _work(question, name, ready, rate))
        else:
            verdict, detail = ready[name].verdict, ready[name].detail
            if name in measured.lost:
                verdict, detail = "crashed", measured.lost[name]
            group.untimed[name] = {**entry, "verdict": verdict, "detail": detail}
    return group


def _product_seconds(worker: Worker, dtype: str, calls: int) -> float:
    seconds: float = worker.request(Product(GEMM_SIZE, dtype, calls))
    return seconds


def _what(question: Question, contender: str) -> dict[str, Any]:
    """Say what was asked, and whom."""
    problem = question.problem
    return {
        "part": PART,
        "layer": question.layer.name,
        "problem": str(problem) if contender != LIMIT else limit_entry(GEMM_SIZE, problem.dtype)["problem"],
        "contender": contender,
        "direction": question.direction,
        "dtype": problem.dtype,
        "batch": question.batch,
        "threads": question.threads,
    }


def _work(question: Question, contender: str, ready: Mapping[str, Ready], limit_gflops: float) -> dict[str, Any]:
    """Say what one call does, and what else is known of it."""
    problem = question.problem
    if contender == LIMIT:
        return {**limit_entry(GEMM_SIZE, problem.dtype), "limit_gflops": limit_gflops}
    known = ready[contender]
    return {
        "flops": flops(problem),
        "bytes": bytes_moved(problem, problem.precision.numpy_dtype.itemsize),
        "limit_gflops": limit_gflops,
        "first_call_seconds": known.first_call_seconds,
        "conversion_seconds": known.conversion_seconds,
        "verdict": known.verdict,
        "detail": "; ".join(filter(None, (known.detail, "computed in float64" if contender == REFERENCE else ""))),
    }
