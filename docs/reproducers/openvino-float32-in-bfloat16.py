"""Convolution in float32 on OpenVINO's CPU device, by default: computed in bfloat16 where the processor has it.

257 * 1 = 257, which bfloat16's 8 bits do not hold. INFERENCE_PRECISION_HINT says so (bf16);
EXECUTION_MODE_HINT=ACCURACY,
or INFERENCE_PRECISION_HINT=f32, asks for float32. By design:
https://docs.openvino.ai/2024/openvino-workflow/running-inference/inference-devices-and-modes/cpu-device.html
Seen with openvino 2026.4.1 on Linux x86_64 (AVX-512 BF16, AMX), NumPy 2.4.6, on 2026-11-23: 256.
"""

import numpy as np
import openvino
from openvino import opset13 as ops

core = openvino.Core()
print("INFERENCE_PRECISION_HINT", core.get_property("CPU", "INFERENCE_PRECISION_HINT"))
image = ops.parameter([1, 1, 1, 1], openvino.Type.f32)
node = ops.convolution(image, ops.constant(np.ones((1, 1, 1, 1), "float32")), [1, 1], [0, 0], [0, 0], [1, 1])
got = {}
for mode in (None, "ACCURACY"):
    config = {"EXECUTION_MODE_HINT": mode} if mode else {}
    got[mode] = core.compile_model(openvino.Model([node], [image]), "CPU", config)([np.full((1, 1, 1, 1), 257, "float32")])[0].item()
print("expected 257, got by default", got[None], "and in the mode ACCURACY", got["ACCURACY"])
raise SystemExit(0 if got[None] == 257 else 1)
