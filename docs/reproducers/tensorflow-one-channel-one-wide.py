"""conv2d of tensorflow 2.21.0: image of one channel, strided to outputs one wide: rows are skipped.

Asked for the output.
Seen on Linux x86_64 with NumPy 2.4.6.
Found by convformance: conv2d-n2-i2x2-c1-f1-k1x2-s1x3-pvalid-d1x1-g1-f32.forward.exact
"""

import numpy as np
import tensorflow as tf

x = np.array([[[[1], [2]], [[3], [4]]], [[[5], [6]], [[7], [8]]]], "float32")
filters = np.array([[[[1]], [[0]]]], "float32")
x = tf.constant(x)
filters = tf.constant(filters)
output = tf.nn.conv2d(x, filters, strides=[1, 3], padding="VALID")
got = output.numpy()
# It gave [[[[1]], [[0]]], [[[5]], [[0]]]] of shape (2, 2, 1, 1).
expected = np.array([[[[1]], [[3]]], [[[5]], [[7]]]], "float32")
# expected[0, 1, 0, 0] = 3*1 + 4*0 = 3
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
