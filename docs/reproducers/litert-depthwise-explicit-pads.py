"""A dilated tf.nn.depthwise_conv2d with EXPLICIT padding, converted for LiteRT: the flatbuffer pads as SAME.

x = (1, 2, 3) down one column, a kernel of one cell, 1: padded by 2 before and none after the output is (0, 0, 1, 2, 3).
With a dilation (of the other axis, where a kernel of one cell has nothing to dilate) LiteRT gives (1, 2, 3). Without
one, and
of tf.nn.conv2d, it gives what TensorFlow gives.
Seen with ai-edge-litert 2.3.0 and tensorflow-cpu 2.21.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: depthwise2d-n3-i8x11-c5-f5-k1x1-s2x2-p3+1x0+2-d2x3-g5-b-relu-f32.forward.exact.view
"""

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

x = np.array([1, 2, 3], "float32").reshape(1, 3, 1, 1)
expected, wrong = [0, 0, 1, 2, 3], 0
pads = [[0, 0], [2, 0], [0, 0], [0, 0]]
filters = tf.constant(np.ones((1, 1, 1, 1), "float32"))
for name, layer in {
    "conv2d": lambda image: tf.nn.conv2d(image, filters, 1, pads),
    "depthwise_conv2d": lambda image: tf.nn.depthwise_conv2d(image, filters, (1, 1, 1, 1), pads),
    "depthwise_conv2d, dilated": lambda image: tf.nn.depthwise_conv2d(image, filters, (1, 1, 1, 1), pads, dilations=(1, 2)),
}.items():
    function = tf.function(layer, input_signature=[tf.TensorSpec(x.shape, tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    interpreter = Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    got = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).ravel().tolist()
    wrong += got != expected
    print(f"{name}: TensorFlow {function(x).numpy().ravel().tolist()}, expected {expected}, LiteRT {got}")
raise SystemExit(1 if wrong else 0)
