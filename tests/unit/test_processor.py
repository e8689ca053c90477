"""The processor as frameworks see it: what limits it, what its level is called, what adapters claim of it."""

from typing import Any

import pytest
from commands import python

from convformance.adapters import processor as module
from convformance.adapters import torch_kernels
from convformance.adapters.processor import INSTRUCTION_SETS, TENSORFLOW_ONEDNN, Processor, processor, unmet
from convformance.adapters.tensorflow_kernels import accumulators, eigen_dtypes

SANDYBRIDGE = ("sse4_1", "sse4_2", "avx")
HASWELL = (*SANDYBRIDGE, "avx2", "fma", "f16c")
CORE = (*HASWELL, "avx512f", "avx512bw", "avx512dq", "avx512vl")
VNNI = (*CORE, "avx512_vnni")
BF16 = (*VNNI, "avx512_bf16")
FP16 = (*BF16, "avx512_fp16")
AMX = (*FP16, "amx_tile", "amx_int8", "amx_bf16")
ONEDNN, TENSORFLOW, ATEN = "ONEDNN_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS", "ATEN_CPU_CAPABILITY"


def machine(flags: tuple[str, ...], architecture: str = "x86_64", **limits: str) -> Processor:
    return Processor(architecture, frozenset(flags), limits)


@pytest.mark.parametrize(
    ("flags", "limits", "level"),
    [
        ((), {}, ("x86_64",)),
        (("sse4_2",), {}, ("nehalem",)),
        (SANDYBRIDGE, {}, ("sandybridge",)),
        (HASWELL, {}, ("haswell",)),
        ((*HASWELL, "avx_vnni"), {}, ("avx2-vnni",)),
        (CORE, {}, ("avx512-core",)),
        (VNNI, {}, ("avx512-vnni",)),
        ((*BF16, "avx_vnni"), {}, ("avx512-bf16",)),
        (FP16, {}, ("avx512-fp16",)),
        (AMX, {}, ("amx",)),
        (HASWELL, {TENSORFLOW: "1"}, ("haswell", "onednn")),
        (BF16, {TENSORFLOW: "0"}, ("avx512-bf16", "no-onednn")),
        (BF16, {TENSORFLOW: "nonsense"}, ("avx512-bf16",)),
        (BF16, {ONEDNN: "AVX512_CORE_VNNI"}, ("avx512-vnni",)),
        (BF16, {ONEDNN: "avx512_core_vnni"}, ("avx512-vnni",)),
        (BF16, {"DNNL_MAX_CPU_ISA": "AVX512_CORE_VNNI"}, ("avx512-vnni",)),
        (BF16, {ONEDNN: "ALL", "DNNL_MAX_CPU_ISA": "AVX2"}, ("avx512-bf16",)),
        (BF16, {ONEDNN: "nonsense"}, ("avx512-bf16",)),
        ((*BF16, "avx_vnni"), {ONEDNN: "AVX512_CORE", TENSORFLOW: "0"}, ("avx512-core",)),
        (BF16, {ONEDNN: "AVX512_CORE"}, ("avx512-core", "onednn")),
        (AMX, {ONEDNN: "AVX10_1_512"}, ("avx512-fp16",)),
        # TensorFlow sees FP16 by itself and then asks oneDNN for what it may not do.
        (FP16, {ONEDNN: "AVX512_CORE_BF16"}, ("avx512-bf16", "limited")),
        (BF16, {ONEDNN: "AVX2"}, ("haswell", "onednn", "limited")),
        (BF16, {ONEDNN: "AVX2", TENSORFLOW: "0"}, ("haswell", "limited")),
        (BF16, {ATEN: "avx2"}, ("avx512-bf16", "aten-avx2")),
        (HASWELL, {ATEN: "avx2"}, ("haswell",)),
        (HASWELL, {ATEN: "DEFAULT"}, ("haswell", "aten-default")),
        (BF16, {"OPENBLAS_CORETYPE": "Haswell"}, ("avx512-bf16",)),
    ],
)
def test_level(flags: tuple[str, ...], limits: dict[str, str], level: tuple[str, ...], monkeypatch: Any) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert machine(flags, **limits).level == level


def test_arm_is_a_level_of_its_own() -> None:
    arm = machine(("asimd", "asimdhp", "bf16", "i8mm", "sve"), "aarch64")
    assert arm.level == ("aarch64",)
    assert arm.traits == ("aarch64", "asimd", "asimdhp", "i8mm", "bf16", "sve")
    assert machine(("asimd",), "aarch64", TF_ENABLE_ONEDNN_OPTS="1").traits == ("aarch64", "asimd", TENSORFLOW_ONEDNN)


def test_traits_are_what_no_variable_hides() -> None:
    assert machine(VNNI).traits == ("x86_64", *sorted(VNNI, key=INSTRUCTION_SETS.index), TENSORFLOW_ONEDNN)
    assert "avx512_vnni" not in machine(VNNI, ONEDNN_MAX_CPU_ISA="AVX512_CORE").traits
    assert "avx512f" not in machine(VNNI, ATEN_CPU_CAPABILITY="avx2").traits
    assert TENSORFLOW_ONEDNN not in machine(VNNI, TF_ENABLE_ONEDNN_OPTS="0").traits


def test_unmet_conditions() -> None:
    assert unmet(["avx2", "not avx512f"], ["x86_64", "avx2"]) == []
    assert unmet(["avx2", "not avx512f"], ["x86_64", "avx512f"]) == ["avx2", "not avx512f"]


def test_this_processor_confirms_by_cpuid_what_the_system_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    here = processor()
    assert here.flags <= set(INSTRUCTION_SETS)
    if here.architecture != "x86_64":
        pytest.skip(f"CPUID is an instruction of x86, this is {here.architecture}")
    assert "sse4_2" in here.flags
    confirmed = module._confirmed()
    assert confirmed is not None
    # Under an emulator the system lists more than the processor has.
    monkeypatch.setattr(module, "cpu_info", lambda: {"flags": [*INSTRUCTION_SETS]})
    module._flags.cache_clear()
    try:
        assert processor().flags == confirmed
        monkeypatch.setattr(module, "_confirmed", lambda: None)
        module._flags.cache_clear()
        assert processor().flags == set(INSTRUCTION_SETS)
    finally:
        module._flags.cache_clear()


def test_without_memory_that_can_be_executed_nothing_is_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(module, "_cpuid", refuse)
    assert module._confirmed() is None


def test_variables_are_read_from_the_environment() -> None:
    done = python(
        "-c",
        "from convformance.adapters.processor import processor; print(processor().limits)",
        environment={"ONEDNN_MAX_CPU_ISA": "AVX2", "OPENBLAS_CORETYPE": "", "ATEN_CPU_CAPABILITY": "avx2"},
    )
    assert done.stdout == "{'ONEDNN_MAX_CPU_ISA': 'AVX2', 'ATEN_CPU_CAPABILITY': 'avx2'}\n"


@pytest.mark.parametrize(
    ("here", "eigen"),
    [
        (machine(AMX), set()),
        (machine(BF16), {"float16"}),
        (machine(CORE), {"float32", "float16", "bfloat16"}),
        (machine(HASWELL), {"float32", "float16", "bfloat16"}),
        (machine(HASWELL, TF_ENABLE_ONEDNN_OPTS="1"), {"float16", "bfloat16"}),
        (machine(AMX, TF_ENABLE_ONEDNN_OPTS="0"), {"float32", "float16", "bfloat16"}),
        (machine(("asimd", "asimdhp"), "aarch64"), {"float32", "float16", "bfloat16"}),
    ],
)
def test_dtypes_of_eigen(here: Processor, eigen: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert eigen_dtypes(here) == {"float64", "int32", "int64", *eigen}
    claims = accumulators(here)
    for dtype in ("float16", "bfloat16"):
        assert (claims.get(f"{dtype} dx") == dtype) is (dtype in eigen)
    assert claims["bfloat16 dbias"] == "bfloat16"


@pytest.mark.parametrize(
    ("here", "narrow"),
    [(machine(FP16), set()), (machine(BF16), {"float16"}), (machine(HASWELL), {"float16", "bfloat16"})],
)
def test_narrow_sums_of_torch(here: Processor, narrow: set[str]) -> None:
    claims = torch_kernels.accumulators(here)
    assert {key.split()[0] for key, sums in claims.items() if sums == key.split()[0]} == narrow


def test_torch_says_itself_what_onednn_takes() -> None:
    mkldnn = pytest.importorskip("torch").ops.mkldnn
    claims = torch_kernels.accumulators(processor())
    assert mkldnn._is_mkldnn_fp16_supported() is ("float16 dx" not in claims)
    assert mkldnn._is_mkldnn_bf16_supported() is ("bfloat16 dx" not in claims)
