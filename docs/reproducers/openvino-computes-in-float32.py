"""Convolution on OpenVINO's CPU device in float64, int32 and int64: computed in float32.

One cell, a kernel of one cell: 33554433 * 1 = 33554433 = 2^25 + 1, which float32 does not hold. In int64, 2^32 comes
back
as 0. EXECUTION_MODE_HINT is ACCURACY, which keeps the model's precision, its documentation says.
Seen with openvino 2026.4.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv1d-n1-i1-c1-f1-k1-s1-pvalid-d1-g1-i32.forward.exact
"""

import numpy as np
import openvino
from openvino import opset13 as ops

core, wrong = openvino.Core(), 0
for dtype, number in (("float64", 2**25 + 1), ("int32", 2**25 + 1), ("int64", 2**25 + 1), ("int64", 2**32)):
    x, filters = np.full((1, 1, 1, 1), number, dtype), np.ones((1, 1, 1, 1), dtype)
    image = ops.parameter([1, 1, 1, 1], openvino.Type(np.dtype(dtype)))
    node = ops.convolution(image, ops.constant(filters), [1, 1], [0, 0], [0, 0], [1, 1])
    model = core.compile_model(openvino.Model([node], [image]), "CPU", {"EXECUTION_MODE_HINT": "ACCURACY"})
    got = model([x])[0]
    wrong += got.item() != number
    print(dtype, "expected", number, "got", got.dtype, got.item())
raise SystemExit(1 if wrong else 0)
