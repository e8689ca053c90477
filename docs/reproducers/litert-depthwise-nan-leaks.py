"""A depthwise convolution of LiteRT with a kernel of one or two cells: a NaN or an infinity reaches the cells before it.

x = (1, 2, NaN, 4) in a row of one channel, a kernel of one cell, 1: the output is x. LiteRT gives (NaN, NaN, NaN, 4), and
of (1, 2, inf, 4) it gives (NaN, NaN, inf, 4); with a kernel of two cells one output more is NaN. A kernel of
three cells does not do it, nor does LiteRT without XNNPACK (which makes 3.4e38 of infinities).
Seen with ai-edge-litert 2.3.0 and tensorflow-cpu 2.21.0 on Linux x86_64 with AVX-512, NumPy 2.4.6, on 2026-11-23.
Ask convformance: depthwise2d-n1-i1x4-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-f32.forward.nan-x
"""

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def layer_of(taps):
    filters = np.ones((1, taps, 1, 1), "float32")
    return tf.function(
        lambda image: tf.nn.depthwise_conv2d(image, filters, (1, 1, 1, 1), "VALID"),
        input_signature=[tf.TensorSpec((1, 1, 8, 1), tf.float32)],
    )


wrong = 0
for taps in (1, 2, 3):
    function = layer_of(taps)
    model = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()]).convert()
    for special in (np.nan, np.inf):
        x = np.array([1, 2, 3, 4, special, 6, 7, 8], "float32").reshape(1, 1, 8, 1)
        expected = function(x).numpy().ravel()
        print(f"kernel of {taps}, {special}: expected {expected.tolist()}")
        for resolver in (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
            interpreter = Interpreter(model_content=model, experimental_op_resolver_type=resolver)
            interpreter.allocate_tensors()
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
            interpreter.invoke()
            got = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).ravel()
            if resolver == OpResolverType.AUTO:
                wrong += not np.array_equal(got, expected, equal_nan=True)
            print(f"  {resolver.name}: {got.tolist()}")
raise SystemExit(1 if wrong else 0)
