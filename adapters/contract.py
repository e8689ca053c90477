"""What an adapter is: the contract that everybody who adds a framework reads. Nothing has to be subclassed."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

import numpy.typing as npt

from convformance.reference.problem import Problem

Array = npt.NDArray[Any]

OFFERS: Final = ("gradients", "gradient", "separable", "separable_gradients", "layer", "threads", "compiled")
"""What an adapter may have besides `convolve`, each on its own."""


@runtime_checkable
class Adapter(Protocol):
    """One way to compute a convolution, in the arrays of one framework.

    Attributes
    ----------
    name : str
        What verdicts carry: letters, digits, and ``. _ + -``.
    data_layout : "channels_first" or "channels_last"
        How input and output lie: ``(N, C, *spatial)`` or ``(N, *spatial, C)``.
    filter_layouts : mapping of str to str
        For each kind of convolution the layout of the filters: ``*`` the spatial axes, ``I`` input channels per group,
        ``O`` filters, ``M`` the multiplier of a depthwise convolution. ``{"conv": "OI*", "transposed": "IO*"}`` for
        torch, ``{"conv": "*IO", "depthwise": "*IM", "transposed": "*OI"}`` for Keras. Who has no depthwise layout is
        given the equal grouped convolution; who has no transposed one is not asked for it. Grouped transposed filters
        are those of one group (``O``) over all channels (``I``); where an engine keeps all filters, group by group,
        each over the channels of its group, ``(GO)`` stands for ``O``: ``{"transposed": "(GO)*I"}`` for MLX.

    Notes
    -----
    An adapter may have more, each on its own; what it has not, it is not judged by, and the report says so.

    ``gradients(problem, x, filters, bias, cotangent) -> (dx, dfilters, dbias or None)``
        All gradients of ``sum(cotangent * output)``.
    ``gradient(problem, x, filters, bias, cotangent, of) -> array``
        One of them, ``of`` being ``"dx"``, ``"dfilters"`` or ``"dbias"``, asked alone.
    ``unsupported_gradients(problem) -> str or None``
        The same as `unsupported`, of gradients.
    ``separable(problem, x, filters, pointwise, bias) -> array``
        A separable convolution; ``filters`` come in the depthwise layout, ``pointwise`` in the plain one.
    ``separable_gradients(problem, x, filters, pointwise, bias, cotangent) -> tuple``
        Its gradients: dx, dfilters, dpointwise, and dbias or None.
    ``layer(problem, filters, bias) -> callable``
        A layer object that takes one ``x`` after another, of any spatial size.
    ``threads(count) -> context manager``
        Computes with so many threads inside.
    ``compiled(problem, x, filters, bias) -> array``
        The same as `convolve`, compiled as a whole.
    ``inexpressible(problem, direction) -> str or None``
        Why an invalid problem (``direction``, like ``"invalid-groups-zero"``) can't even be asked: its API has no such
        parameter.
    ``prepare(problem, direction, x, filters, bias, cotangent) -> (load, run, fetch)``
        For the benchmarks. All that one output (``direction`` is ``"forward"``, ``cotangent`` None) or one gradient
        (``"dx"``, ``"dfilters"``, ``"dbias"``) needs is made before: tensors, layer, tape. ``load()`` makes the
        framework's tensors of all arrays once more and gives them. ``run()`` computes on what was made before, each
        time anew, and gives the framework's tensor when it is done. ``fetch(tensor)`` gives that as an array in the
        adapter's layouts. What is timed is judged before.
    ``script(problem, direction) -> str``
        Lines of Python, as a user of the framework writes them, for the reproducer of a failure: imports first, then
        what computes the NumPy array ``got`` (an output, or the gradient that ``direction`` names) from NumPy arrays
        ``x``, ``filters``, ``pointwise``, ``bias`` and ``cotangent``, those that the problem has, in the adapter's
        layouts; bfloat16 comes and goes as float32. Without it a reproducer loads the adapter itself.
    ``framework : str``
        The module that computes: whether it can be imported says whether the adapter is here, without making it.
    ``requires : sequence of str``
        The packages that it needs, as pip is given them: ``("mlx[cpu]>=0.30",)``. The report has their versions, and
        those of the packages that bring `framework`.
    ``opt_in : bool``
        Whether it is judged only where it is named.
    ``accumulators : mapping of str to str``
        For each dtype the one that sums are added up in, where it is not float32 for the formats of 16 bits and the
        dtype itself for all others. ``"bfloat16 dbias"`` is about one direction, ``"float16 depthwise"`` about a kind,
        ``"float16 conv3d forward"`` about a kind, its rank and a direction: the key with most words counts.
    ``flushes_subnormals : bool, or collection of str``
        Whether subnormal numbers may be taken for zeros, or in which dtypes.
    """

    @property
    def name(self) -> str:
        """The name that verdicts carry."""
        ...

    @property
    def data_layout(self) -> str:
        """How input and output lie."""
        ...

    @property
    def filter_layouts(self) -> Mapping[str, str]:
        """How filters lie, by kind."""
        ...

    def version(self) -> str:
        """Give the version of the framework that computes."""
        ...

    def unsupported(self, problem: Problem) -> str | None:
        """Say why the framework refuses a problem, or None: "I claim to compute this".

        A reason is checked: the framework must really refuse, by raising from `convolve`.
        """
        ...

    def convolve(self, problem: Problem, x: Array, filters: Array, bias: Array | None) -> Array:
        """Compute the layer through the framework's public API, without transposing or checking anything.

        Parameters
        ----------
        problem : Problem
            Strides, padding, dilation, groups, activation.
        x : array
            The input in `data_layout`; may be a view that is not contiguous.
        filters : array
            The filters in the layout that `filter_layouts` declares.
        bias : array, shape ``(filters,)``, or None
            None when the problem has no bias.

        Returns
        -------
        array
            The output in `data_layout`, in the problem's dtype. It must stay as it is when the next call is made.
        """
        ...


Prepared: TypeAlias = tuple[Callable[[], object], Callable[[], Any], Callable[[Any], Array]]
"""What ``prepare`` gives: ``load``, ``run`` and ``fetch``."""


class AdapterError(Exception):
    """An adapter that can't be used; the message says which, why, and what to do."""


class UnknownAdapterError(AdapterError):
    """A name that names no adapter."""
