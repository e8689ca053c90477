"""A bias of subnormal numbers on OpenVINO's CPU device: taken for zeros, as is every subnormal constant.

1 * 0 + 2^-130 = 2^-130. CPU_DENORMALS_OPTIMIZATION, the property for that, is off by default, and off here.
Seen with openvino 2026.4.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv1d-n1-i1-c1-f1-k1-s1-pvalid-d1-g1-b-f32.forward.subnormal
"""

import numpy as np
import openvino
from openvino import opset13 as ops

tiny = np.float32(2.0**-130)
core, wrong = openvino.Core(), 0
for x, weight, bias, expected in ((0, 1, tiny, tiny), (1, tiny, 0, tiny), (tiny, 1, 0, tiny)):
    image = ops.parameter([1, 1, 1, 1], openvino.Type.f32)
    node = ops.convolution(image, ops.constant(np.full((1, 1, 1, 1), weight, "float32")), [1, 1], [0, 0], [0, 0], [1, 1])
    node = ops.add(node, ops.constant(np.full((1, 1, 1, 1), bias, "float32")))
    config = {"EXECUTION_MODE_HINT": "ACCURACY", "CPU_DENORMALS_OPTIMIZATION": False}
    got = core.compile_model(openvino.Model([node], [image]), "CPU", config)([np.full((1, 1, 1, 1), x, "float32")])[0].item()
    wrong += got != expected
    print(f"{x} * {weight} + {bias}: expected {expected}, got {got}")
raise SystemExit(1 if wrong else 0)
