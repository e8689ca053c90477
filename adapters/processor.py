"""The processor as frameworks see it: its architecture and instruction sets, cut down by what limits them.

A framework chooses its kernels by the processor and by environment variables. Whoever claims or expects something of a
kernel asks here; nothing else in the project looks at the processor.

Sources: the table of ``ONEDNN_MAX_CPU_ISA`` in oneDNN's developer guide ("CPU dispatcher control"); ``IsMklEnabled`` in
TensorFlow's ``core/util/port.cc``, which says on which processors oneDNN is on by default; ``ATEN_CPU_CAPABILITY`` in
PyTorch's ``aten/src/ATen/native/DispatchStub.cpp``.
"""

import ctypes
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

import cpuinfo
from cpuinfo.cpuinfo import ASM

LIMITS: Final = (
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "TF_ENABLE_ONEDNN_OPTS",
    "ATEN_CPU_CAPABILITY",
    "OPENBLAS_CORETYPE",
)
"""The environment variables that make a framework, or NumPy, use less of the processor than there is."""

_STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "SSE41": ("sse4_1", "sse4_2"),
    "AVX": ("avx",),
    "AVX2": ("avx2", "fma", "f16c"),
    "AVX2_VNNI": ("avx_vnni",),
    "AVX2_VNNI_2": ("avx_ne_convert", "avx_vnni_int8"),
    "AVX512_CORE": ("avx512f", "avx512bw", "avx512dq", "avx512vl"),
    "AVX512_CORE_VNNI": ("avx512_vnni", "avx512vnni"),  # Linux's name and py-cpuinfo's
    "AVX512_CORE_BF16": ("avx512_bf16",),
    "AVX512_CORE_FP16": ("avx512_fp16",),
    "AVX512_CORE_AMX": ("amx_tile", "amx_int8", "amx_bf16"),
    "AVX512_CORE_AMX_FP16": ("amx_fp16",),
}
"""The values of ``ONEDNN_MAX_CPU_ISA`` in their order, each with the instruction sets that it adds."""
_OTHER_NAMES: Final = {"AVX10_1_512": "AVX512_CORE_FP16", "AVX10_1_512_AMX": "AVX512_CORE_AMX"}
_X86: Final = tuple(chain.from_iterable(_STEPS.values()))
_ARM: Final = ("neon", "asimd", "asimddp", "asimdhp", "i8mm", "bf16", "sve", "sve2", "svebf16", "sme", "sme2")
_OTHERS: Final = ("vsx", "vx", "rvv")
INSTRUCTION_SETS: Final = (*_X86, *_ARM, *_OTHERS)
"""Instruction sets that change which kernel computes a convolution, by Linux's names."""
ARCHITECTURES: Final = ("x86_64", "aarch64", "ppc64le", "s390x", "riscv64")
TENSORFLOW_ONEDNN: Final = "tensorflow-onednn"
"""Whether TensorFlow uses oneDNN's kernels."""
TRAITS: Final = (*ARCHITECTURES, *INSTRUCTION_SETS, TENSORFLOW_ONEDNN)
"""Everything that a claim or an expected failure may ask of a machine."""

_ATEN: Final = {"default": "AVX", "avx2": "AVX2_VNNI_2"}
"""The values of ``ATEN_CPU_CAPABILITY`` that limit it, by the last step that is left."""
_TENSORFLOW_DEFAULT: Final = ("avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16")
"""TensorFlow on Linux uses oneDNN by default where the processor has one of these."""
LEVELS: Final = {
    "amx": ("amx_tile",),
    "avx512-fp16": ("avx512_fp16",),
    "avx512-bf16": ("avx512_bf16",),
    "avx512-vnni": ("avx512_vnni",),
    "avx512-core": _STEPS["AVX512_CORE"],
    "avx2-vnni": ("avx2", "avx_vnni"),
    "haswell": ("avx2", "fma"),
    "sandybridge": ("avx",),
    "nehalem": ("sse4_2",),
}
"""The levels of x86-64, the highest first, and what each needs."""
_AVX512: Final = ("avx512", "amx")
ONEDNN_NEEDS: Final = {
    "float16": ("avx512_fp16", "amx_fp16", "avx_ne_convert"),
    "bfloat16": ("avx512f", "avx_ne_convert"),
}
"""What oneDNN needs one of in each format of 16 bits; TensorFlow asks the processor for it, torch asks oneDNN."""
PARTS: Final = (*LEVELS, *ARCHITECTURES, "no-onednn", "onednn")
"""What a level may be made of on real machines."""
_WITHOUT_ONEDNN: Final = ("avx512-core", "haswell", "sandybridge", "nehalem", "x86_64")
"""The levels of real processors on which TensorFlow does not use oneDNN by default."""
_CPUID: Final = {
    (1, 0, "ecx"): {"fma": 12, "sse4_1": 19, "sse4_2": 20, "avx": 28, "f16c": 29},
    (7, 0, "ebx"): {"avx2": 5, "avx512f": 16, "avx512dq": 17, "avx512bw": 30, "avx512vl": 31},
    (7, 0, "ecx"): {"avx512_vnni": 11, "avx512vnni": 11},
    (7, 0, "edx"): {"amx_bf16": 22, "avx512_fp16": 23, "amx_tile": 24, "amx_int8": 25},
    (7, 1, "eax"): {"avx_vnni": 4, "avx512_bf16": 5, "amx_fp16": 21},
    (7, 1, "edx"): {"avx_vnni_int8": 4, "avx_ne_convert": 5},
}
"""The bit of each instruction set, by leaf, subleaf and register (Intel SDM, volume 2A, CPUID)."""
_MOVES: Final = {"eax": b"", "ebx": b"\x89\xd8", "ecx": b"\x89\xc8", "edx": b"\x89\xd0"}


@dataclass(frozen=True)
class Processor:
    """A processor and what limits its use.

    Attributes
    ----------
    architecture : str
        ``x86_64``, ``aarch64`` and so on.
    flags : frozenset of str
        The instruction sets of the processor itself, of `INSTRUCTION_SETS`.
    limits : mapping of str to str
        Those of `LIMITS` that are set.
    """

    architecture: str
    flags: frozenset[str]
    limits: Mapping[str, str]

    @property
    def onednn(self) -> frozenset[str]:
        """The instruction sets that oneDNN may use; it reads the variable with its present name first."""
        limit = self.limits.get("ONEDNN_MAX_CPU_ISA") or self.limits.get("DNNL_MAX_CPU_ISA") or ""
        return self._up_to(_OTHER_NAMES.get(limit.upper(), limit.upper()))

    @property
    def aten(self) -> frozenset[str]:
        """The instruction sets that PyTorch's own kernels may use."""
        return self._up_to(_ATEN.get(self.limits.get("ATEN_CPU_CAPABILITY", "").lower(), ""))

    @property
    def tensorflow_onednn(self) -> bool:
        """Whether TensorFlow uses oneDNN's kernels. It asks the processor itself, whatever limits oneDNN."""
        word = self.limits.get("TF_ENABLE_ONEDNN_OPTS", "").lower()
        return word in ("1", "true") or (word not in ("0", "false") and _on_by_default(self.flags))

    @property
    def traits(self) -> tuple[str, ...]:
        """What an expected failure may ask of this machine, of `TRAITS`, in their order."""
        found = {self.architecture, *(self.onednn & self.aten)}
        return tuple(trait for trait in TRAITS if trait in found or (trait == TENSORFLOW_ONEDNN and self._in_use))

    @property
    def level(self) -> tuple[str, ...]:
        """The level of the machine, then everything that makes it differ from a usual machine of that level.

        ``("haswell",)`` has AVX2 and no AVX-512, ``("avx512-bf16", "no-onednn")`` is a processor on which TensorFlow
        would use oneDNN, and was told not to. ``limited`` says that variables hide from oneDNN what TensorFlow, or a
        compiler, sees by itself: frameworks then do what they do on no real machine.
        """
        if self.architecture != "x86_64":
            return (self.architecture,)
        own, seen = _level(self.flags), _level(self.onednn)
        usual = seen not in _WITHOUT_ONEDNN
        parts = [seen]
        if usual != self.tensorflow_onednn:
            parts.append("no-onednn" if usual else "onednn")
        hidden = self.flags - self.onednn
        by_itself = self.tensorflow_onednn and not hidden.isdisjoint(chain(*ONEDNN_NEEDS.values()))
        if by_itself or (own.startswith(_AVX512) and not seen.startswith(_AVX512)):
            parts.append("limited")
        if not self.onednn <= self.aten:
            parts.append(f"aten-{self.limits['ATEN_CPU_CAPABILITY'].lower()}")
        return tuple(parts)

    @property
    def _in_use(self) -> bool:
        return self.architecture in ("x86_64", "aarch64") and self.tensorflow_onednn

    def _up_to(self, step: str) -> frozenset[str]:
        """Leave out the instruction sets beyond a step; a word that names none limits nothing."""
        steps = list(_STEPS)
        if step not in steps:
            return self.flags
        beyond = chain.from_iterable(_STEPS[one] for one in steps[steps.index(step) + 1 :])
        return self.flags.difference(beyond)


def processor() -> Processor:
    """Look at this process's processor and environment.

    Returns
    -------
    Processor
        Under an emulator the processor that is emulated.
    """
    limits = {name: os.environ[name] for name in LIMITS if os.environ.get(name)}
    return Processor(_architecture(), _flags(), limits)


@cache
def cpu_info() -> Mapping[str, Any]:
    """Give what py-cpuinfo finds, once a process."""
    found: Mapping[str, Any] = cpuinfo.get_cpu_info()
    return found


def unmet(conditions: Sequence[str], traits: Sequence[str]) -> list[str]:
    """Give the conditions that a machine does not meet.

    Parameters
    ----------
    conditions : sequence of str
        Each a trait that must be there, or ``"not "`` and a trait that must not.
    traits : sequence of str
        Those of the machine.
    """
    return [one for one in conditions if (one.removeprefix("not ") in traits) == one.startswith("not ")]


def _on_by_default(flags: frozenset[str]) -> bool:
    return platform.system() == "Windows" or not flags.isdisjoint(_TENSORFLOW_DEFAULT)


def _level(flags: frozenset[str]) -> str:
    return next((level for level, needs in LEVELS.items() if flags.issuperset(needs)), "x86_64")


@cache
def _architecture() -> str:
    return {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())


@cache
def _flags() -> frozenset[str]:
    """Give what the system lists, and of x86-64 only what the CPUID instruction confirms.

    Under a user-mode emulator ``/proc/cpuinfo`` is that of the machine below, while frameworks ask CPUID.
    """
    listed = frozenset(cpu_info().get("flags", [])) & frozenset(INSTRUCTION_SETS)
    confirmed = _confirmed() if _architecture() == "x86_64" else None
    return listed if confirmed is None else listed & confirmed


def _confirmed() -> frozenset[str] | None:
    """Ask CPUID; None where the system allows no memory that can be executed."""
    try:
        highest = _cpuid(0, 0, "eax")
        return frozenset(
            flag
            for (leaf, subleaf, register), bits in _CPUID.items()
            for flag, bit in bits.items()
            if leaf <= highest and _cpuid(leaf, subleaf, register) >> bit & 1
        )
    except OSError:
        return None


def _cpuid(leaf: int, subleaf: int, register: str) -> int:
    """Run CPUID once; `ebx` belongs to the caller and is kept."""
    begin = b"\x53\xb8" + leaf.to_bytes(4, "little") + b"\xb9" + subleaf.to_bytes(4, "little") + b"\x0f\xa2"
    code = ASM(ctypes.c_uint32, (), [begin, _MOVES[register], b"\x5b\xc3"])
    code.compile()
    return int(code.run()) & 0xFFFFFFFF
