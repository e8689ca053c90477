"""tf.nn.depthwise_conv2d with a stride and a dilation: another convolution is computed, with a warning.

x = (1, 2, 3, 4, 5, 6) down one column, kernel (1, 10), stride 2, dilation 2. Output 0 is 1*1 + 10*3 = 31, output 1
begins two cells
later and is 1*3 + 10*5 = 53. TensorFlow documents that one of the two must be 1.
Seen with tensorflow 2.21.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: 31 and 42 = 1*2 + 10*4, one cell later.
Found by convformance: depthwise2d-n1-i3x1-c1-f1-k1x1-s2x1-pvalid-d2x1-g1-f32.forward.exact
"""

import numpy as np
import tensorflow as tf

x = np.arange(1, 7, dtype="float32").reshape(1, 6, 1, 1)
filters = np.array([1, 10], "float32").reshape(2, 1, 1, 1)
got = tf.nn.depthwise_conv2d(x, filters, (1, 2, 2, 1), "VALID", dilations=(2, 1)).numpy().ravel()
expected = np.array([31, 53], "float32")
print("expected", expected.tolist(), "or an error")
print("got     ", got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
