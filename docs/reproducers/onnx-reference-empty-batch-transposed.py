"""ConvTranspose in onnx.reference.ReferenceEvaluator: an empty batch is refused.

No image of two channels in three cells, one filter of one tap: the output is of shape (0, 1, 3).
Seen with onnx 1.17.0 and 1.23.2 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: TypeError, from None.astype: the output is
made when the first image comes
(onnx/reference/ops/op_conv_transpose.py).
Found by convformance: transposed1d-n0-i1-c1-f1-k1-s1-pvalid-d1-g1-f32.forward.exact
"""

import numpy as np
import onnx
from onnx import helper
from onnx.reference import ReferenceEvaluator

arrays = {"x": np.zeros((0, 2, 3), "float32"), "w": np.ones((2, 1, 1), "float32")}
graph = helper.make_graph(
    [helper.make_node("ConvTranspose", ["x", "w"], ["y"])],
    "transposed",
    [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, array.shape) for name, array in arrays.items()],
    [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)])
try:
    got = ReferenceEvaluator(model).run(None, arrays)[0].shape
except Exception as error:
    got = f"{type(error).__name__}: {error} ({error.__cause__})"
print("expected", (0, 1, 3), "got", got)
raise SystemExit(0 if got == (0, 1, 3) else 1)
