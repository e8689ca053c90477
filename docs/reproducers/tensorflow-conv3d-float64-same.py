"""conv3d of tensorflow 2.21.0: SAME pads before the input where the stride is above the kernel, in float64.

Asked for the output.
Seen on Linux x86_64 with NumPy 2.4.6.
Found by convformance: conv3d-n1-i3x1x1-c1-f1-k1x1x1-s3x1x1-psame-d1x1x1-g1-f64.forward.exact
"""

import numpy as np
import tensorflow as tf

x = np.array([[[[[1]]], [[[2]]], [[[3]]]]], "float64")
filters = np.array([[[[[1]]]]], "float64")
x = tf.constant(x)
filters = tf.constant(filters)
output = tf.nn.conv3d(x, filters, strides=[1, 3, 1, 1, 1], padding="SAME")
got = output.numpy()
# It gave [[[[[2]]]]] of shape (1, 1, 1, 1, 1).
expected = np.array([[[[[1]]]]], "float64")
# expected[0, 0, 0, 0, 0] = 1*1 = 1
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
