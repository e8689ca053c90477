"""Faults of the gradient of the bias: a sum over too little, or over too much."""

import math

import numpy as np

from convformance.reference.faults.fault import fault
from convformance.reference.faults.question import Array, Question

DBIAS = ("dbias",)


@fault(
    "dbias misses the last position",
    evidence="a relative of Tencent/ncnn#1014: a loop over positions that ends one early",
    seen="always",
    directions=DBIAS,
)
def _last_position(question: Question) -> Array:
    """Leave the last position along the last axis out of the gradient of the bias."""
    behind, cotangent = _behind(question)
    cotangent[..., -1, :] = 0
    return behind.again(cotangent=cotangent)


@fault(
    "dbias of the first image",
    evidence="a relative of mlpack/mlpack#3679: right for a batch of one image",
    seen="a batch of two images or more",
    about=lambda problem: problem.batch > 1,
    directions=DBIAS,
)
def _first_image(question: Question) -> Array:
    """Add up the cotangents of the first image alone."""
    behind, cotangent = _behind(question)
    cotangent[1:] = 0
    return behind.again(cotangent=cotangent)


@fault(
    "dbias of the first position",
    evidence="a relative of snuspl/cruise#800: a sum over images, as a dense layer has it",
    seen="an output of two positions or more",
    about=lambda problem: math.prod(problem.output_spatial) > 1,
    directions=DBIAS,
)
def _first_position(question: Question) -> Array:
    """Add up the cotangents of all images at the first position alone."""
    behind, cotangent = _behind(question)
    shape = (question.problem.batch, math.prod(question.problem.output_spatial), question.problem.filters)
    cotangent.reshape(shape)[:, 1:] = 0
    return behind.again(cotangent=cotangent)


@fault(
    "dbias is the mean of the images",
    evidence="a relative of sebgao/cTensor#3: the loss's mean is taken in the layer",
    seen="a batch of two images or more",
    about=lambda problem: problem.batch > 1,
    directions=DBIAS,
)
def _mean(question: Question) -> Array:
    """Divide the gradient of the bias by how many images there are."""
    found = question.honest()
    return (found / question.problem.batch).astype(found.dtype)


@fault(
    "dbias is one sum for all filters",
    evidence="a relative of tracel-ai/burn#248: a sum over one axis too many",
    seen="two filters or more",
    about=lambda problem: problem.filters > 1,
    directions=DBIAS,
)
def _one_sum(question: Question) -> Array:
    """Give every number of the bias the sum of all filters' gradients."""
    found = question.honest()
    with np.errstate(over="ignore"):
        return np.full_like(found, found.sum())


@fault(
    "dbias of the first group for all",
    evidence="a relative of robertknight/rten#1408: there the bias itself",
    seen="there are groups",
    about=lambda problem: problem.kind != "separable" and problem.groups > 1,
    directions=DBIAS,
)
def _first_group(question: Question) -> Array:
    """Give the bias of every group the gradient of the first group's."""
    found, groups = question.honest(), question.problem.groups
    return np.tile(found[: found.size // groups], groups)


def _behind(question: Question) -> tuple[Question, Array]:
    """Give the question behind the activation, and a copy of its cotangent."""
    behind = question.linear()
    assert behind.given.cotangent is not None
    return behind, behind.given.cotangent.copy()
