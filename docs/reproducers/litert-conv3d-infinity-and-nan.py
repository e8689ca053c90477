"""LiteRT's CONV_3D makes the largest finite number of an infinity, and of NaN as well.

A kernel of one cell, 1, gives each cell as it is. CONV_2D keeps NaN and infinities (with two filters: with one it is computed as a
depthwise convolution, see litert-depthwise-nan-leaks.py).
Seen with ai-edge-litert 2.3.0 and tensorflow-cpu 2.21.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv3d-n2-i5x6x4-c4-f6-k2x3x1-s1x1x1-p1+0x1+1x0+0-d1x1x1-g1-b-f32.forward.nan-x
"""

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

cells = np.array([1, np.nan, np.inf, -np.inf], "float32")
wrong = 0
for name, rank, layer in (
    ("CONV_2D", 2, lambda image: tf.nn.conv2d(image, np.ones((1, 1, 1, 2), "float32"), 1, "VALID")[..., :1]),
    ("CONV_3D", 3, lambda image: tf.nn.conv3d(image, np.ones((1, 1, 1, 1, 1), "float32"), [1] * 5, "VALID")),
):
    x = cells.reshape(1, 4, *(1,) * rank)
    function = tf.function(layer, input_signature=[tf.TensorSpec(x.shape, tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    interpreter = Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    got = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).ravel()
    wrong += not np.array_equal(got, cells, equal_nan=True)
    print(f"{name} of {cells.tolist()}: TensorFlow {function(x).numpy().ravel().tolist()}, LiteRT {got.tolist()}")
raise SystemExit(1 if wrong else 0)
