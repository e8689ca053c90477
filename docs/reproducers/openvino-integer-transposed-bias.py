"""ConvolutionBackpropData and an addition behind it, in int32, on OpenVINO's CPU device: not compiled.

Without the addition, and in float32, it is compiled. Expected: 2*3 + 1 = 7.
Seen with openvino 2026.4.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: transposed1d-n1-i1-c1-f1-k1-s1-pvalid-d1-g1-b-i32.forward.exact
"""

import numpy as np
import openvino
from openvino import opset13 as ops

core, failed = openvino.Core(), 0
for dtype in ("float32", "int32", "int64"):
    image = ops.parameter([1, 1, 1, 1], openvino.Type(np.dtype(dtype)))
    node = ops.convolution_backprop_data(image, ops.constant(np.full((1, 1, 1, 1), 3, dtype)), [1, 1])
    node = ops.add(node, ops.constant(np.ones((1, 1, 1, 1), dtype)))
    try:
        got = core.compile_model(openvino.Model([node], [image]), "CPU")([np.full((1, 1, 1, 1), 2, dtype)])[0].item()
    except RuntimeError as error:
        got = str(error).replace("\n", " ")[-160:]
    failed += got != 7
    print(dtype, "expected", 7, "got", got)
raise SystemExit(1 if failed else 0)
