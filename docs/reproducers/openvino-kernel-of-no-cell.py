"""Convolution on OpenVINO's CPU device: filters with no cell along an axis give numbers that lay in memory.

Four cells, a kernel of no cell, a bias of 7: not a convolution, and an error is expected. Numbers come back.
Seen with openvino 2026.4.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: the bias is missing, and numbers like 8.31e+30,
3.1e-41, other ones each time.
Found by convformance: conv1d-n2-i12-c4-f6-k3-s1-pvalid-d1-g1-b-f32.invalid-kernel-zero.exact
"""

import numpy as np
import openvino
from openvino import opset13 as ops

image = ops.parameter([1, 1, 4], openvino.Type.f32)
node = ops.convolution(image, ops.constant(np.zeros((1, 1, 0), "float32")), [1], [0], [0], [1])
node = ops.add(node, ops.constant(np.full((1, 1, 1), 7, "float32")))
try:
    model = openvino.Core().compile_model(openvino.Model([node], [image]), "CPU", {"EXECUTION_MODE_HINT": "ACCURACY"})
    got = model([np.arange(4, dtype="float32").reshape(1, 1, 4)])[0]
except RuntimeError as error:
    print("an error, as expected:", str(error)[:200])
    raise SystemExit(0)
print("expected an error, got", got.ravel().tolist())
raise SystemExit(1)
