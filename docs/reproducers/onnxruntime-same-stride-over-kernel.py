"""Conv of ONNX Runtime: auto_pad=SAME_UPPER where the stride is above the kernel: the windows begin at the wrong cell.

Of seven cells, a kernel of one and a stride of 7, SAME_UPPER is one output (7/7), which needs one cell: no pads. ONNX
Runtime
takes 1 - 7 = -6 for the pads and begins (6 - 1)//2 = 2 cells later. A total of -1 or -2 does no harm, -3 and below do.
Seen with onnxruntime 1.20.1 and 1.32.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23, onnx 1.23.2.
Found by convformance: conv2d-n2-i7x9-c4-f6-k1x3-s8x2-psame-d1x1-g1-f32.forward.exact
"""

import numpy as np
import onnx
import onnxruntime
from onnx import helper

x = np.arange(1, 8, dtype="float32").reshape(1, 1, 7)
filters = np.ones((1, 1, 1), "float32")
wrong = 0
for stride in range(1, 10):
    node = helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[1], strides=[stride], auto_pad="SAME_UPPER")
    graph = helper.make_graph(
        [node],
        "conv",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
        [onnx.numpy_helper.from_array(filters, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    got = session.run(["y"], {"x": x})[0]
    expected = x[:, :, ::stride]
    wrong += not np.array_equal(got, expected)
    print("stride", stride, "expected", expected.ravel().tolist(), "got", got.ravel().tolist())
raise SystemExit(1 if wrong else 0)
