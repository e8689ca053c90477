"""depthwise2d of tensorflow 2.21.0: SAME pads a strided axis as if its stride were 1 where the other axis is dilated.

Asked for the output.
Seen on Linux x86_64 with NumPy 2.4.6.
Found by convformance: depthwise2d-n1-i2x1-c1-f1-k3x1-s2x1-psame-d1x2-g1-f32.forward.exact
"""

import numpy as np
import tensorflow as tf

x = np.array([[[[1]], [[2]]]], "float32")
filters = np.array([[[[1]]], [[[0]]], [[[0]]]], "float32")
x = tf.constant(x)
filters = tf.constant(filters)
output = tf.nn.depthwise_conv2d(x, filters, strides=[1, 2, 1, 1], padding="SAME", dilations=[1, 2])
got = output.numpy()
# It gave [[[[0]]]] of shape (1, 1, 1, 1).
expected = np.array([[[[1]]]], "float32")
# expected[0, 0, 0, 0] = 1*1 + 2*0 = 1
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
