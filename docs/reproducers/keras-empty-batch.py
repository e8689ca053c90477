"""conv2d of keras 3.15.1: an empty batch comes back with the shape of the input.

Asked for the output.
Seen on Linux x86_64 with NumPy 2.4.6.
Found by convformance: conv2d-n0-i1x1-c1-f2-k1x1-s1x1-pvalid-d1x1-g1-f32.forward.exact
"""

import keras
import numpy as np

x = np.zeros((0, 1, 1, 1), "float32")
filters = np.array([[[[1, 0]]]], "float32")
layer = keras.layers.Conv2D(filters=2, kernel_size=(1, 1), use_bias=False)
layer.build((None, None, None, 1))
layer.set_weights([filters])
output = layer(x)
got = output.numpy()
# It gave nothing of shape (0, 1, 1, 1).
expected = np.zeros((0, 1, 1, 2), "float32")
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
