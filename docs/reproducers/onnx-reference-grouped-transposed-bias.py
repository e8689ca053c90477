"""ConvTranspose in onnx.reference.ReferenceEvaluator: every group adds the bias of the first.

Two channels, two groups of one filter each, kernels of one cell: y = (1*1 + 100, 10*2 + 200) = (101, 220).
Seen with onnx 1.17.0 and 1.23.2 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: (101, 120). The bias is handed whole to
each group, which takes the
first numbers of it (onnx/reference/ops/op_conv_transpose.py).
Found by convformance: transposed1d-n1-i1-c2-f2-k1-s1-pvalid-d1-g2-b-f32.forward.exact
"""

import numpy as np
import onnx
from onnx import helper
from onnx.reference import ReferenceEvaluator

arrays = {
    "x": np.array([[[1], [10]]], "float32"),  # one image, two channels, one cell
    "w": np.array([[[1]], [[2]]], "float32"),  # two channels, one filter of each group, one tap
    "b": np.array([100, 200], "float32"),
}
graph = helper.make_graph(
    [helper.make_node("ConvTranspose", ["x", "w", "b"], ["y"], group=2)],
    "transposed",
    [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, array.shape) for name, array in arrays.items()],
    [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 2, 1])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)])
onnx.checker.check_model(model, full_check=True)
got = ReferenceEvaluator(model).run(None, arrays)[0]
expected = np.array([[[101], [220]]], "float32")
print("onnx", onnx.__version__, "expected", expected.ravel().tolist(), "got", got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
