"""ConvTranspose in onnx.reference.ReferenceEvaluator: groups of several filters or channels are refused.

One image of two channels in one cell, (1, 10); two groups, each of two filters of one tap, (1, 2) and (3, 4):
y = (1*1, 1*2, 10*3, 10*4) = (1, 2, 30, 40). Four channels in two groups of one filter: y = (1*1 + 10*2, 100*3 +
1000*4).
Seen with onnx 1.17.0 and 1.23.2 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: ValueError: cannot reshape array of size 4
into shape (1,1,2). The filters
are cut by output channels where their first axis is the input's (onnx/reference/ops/op_conv_transpose.py).
Found by convformance: transposed1d-n1-i1-c2-f4-k1-s1-pvalid-d1-g2-f32.forward.exact
"""

import numpy as np
import onnx
from onnx import helper
from onnx.reference import ReferenceEvaluator


def transposed(x, w):
    arrays = {"x": np.array(x, "float32"), "w": np.array(w, "float32")}
    graph = helper.make_graph(
        [helper.make_node("ConvTranspose", ["x", "w"], ["y"], group=2)],
        "transposed",
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, array.shape) for name, array in arrays.items()],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)])
    return ReferenceEvaluator(model).run(None, arrays)[0].ravel().tolist()


failed = 0
for x, w, expected in (
    ([[[1], [10]]], [[[1], [2]], [[3], [4]]], [1, 2, 30, 40]),
    ([[[1], [10], [100], [1000]]], [[[1]], [[2]], [[3]], [[4]]], [21, 4300]),
    ([[[1], [10], [100], [1000]]], [[[1], [2]]] * 4, [11, 22, 1100, 2200]),
):
    try:
        got = transposed(x, w)
    except Exception as error:
        got = f"{type(error).__name__}: {error}"
    failed += got != expected
    print("expected", expected, "got", got)
raise SystemExit(1 if failed else 0)
