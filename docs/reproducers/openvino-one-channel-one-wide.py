"""Convolution on OpenVINO's CPU device: one channel, strided to outputs one wide: rows are skipped.

Two images of 4 rows and 5 columns hold 1 to 20 and 21 to 40, row by row; the 2x3 kernel has a 1 in its first tap and
zeros
elsewhere; strides (1, 3). There is one output per row, its first cell: 1, 6, 11 and 21, 26, 31.
Seen with openvino 2026.4.1 on Linux x86_64 (AVX-512), NumPy 2.4.6, on 2026-11-23: 1, 16, 0 and 21, 36, 0.
Found by convformance: conv2d-n2-i4x5-c1-f1-k2x3-s1x3-pvalid-d1x1-g1-f32.forward.exact
"""

import numpy as np
import openvino
from openvino import opset13 as ops

x = np.arange(1, 41, dtype="float32").reshape(2, 1, 4, 5)
filters = np.zeros((1, 1, 2, 3), "float32")
filters[0, 0, 0, 0] = 1
expected = x[:, 0, :3, 0]
wrong = 0
for mode in ("ACCURACY", "PERFORMANCE"):
    image = ops.parameter(list(x.shape), openvino.Type.f32)
    node = ops.convolution(image, ops.constant(filters), [1, 3], [0, 0], [0, 0], [1, 1])
    model = openvino.Core().compile_model(openvino.Model([node], [image]), "CPU", {"EXECUTION_MODE_HINT": mode})
    got = model([x])[0]
    wrong += not np.array_equal(got.reshape(2, 3), expected)
    print(mode, "expected", expected.tolist(), "got", got.reshape(2, 3).tolist())
raise SystemExit(1 if wrong else 0)
