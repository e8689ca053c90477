"""mx.conv_transpose1d of MLX 0.32.4: with output_padding the gradient of the input has too few cells.

Seen with MLX 0.32.4 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: transposed1d-n1-i2-c1-f1-k2-s3-p0+0-o1-d1-g1-f32.dx.exact
"""

import mlx.core as mx
import numpy as np

x = mx.array(np.array([1, 2], "float32").reshape(1, 2, 1))
filters = mx.array(np.array([1, 10], "float32").reshape(1, 2, 1))
cotangent = mx.ones((1, 6, 1))


def layer(x):
    return mx.conv_transpose1d(x, filters, stride=3, output_padding=1)


_, (gradient,) = mx.vjp(layer, [x], [cotangent])
got = np.array(gradient)
expected = np.array([1 + 10, 1 + 10], "float32").reshape(1, 2, 1)  # each cell meets both taps once
print("output  ", layer(x).shape, np.array(layer(x)).ravel().tolist())
print("expected", expected.shape, expected.ravel().tolist())
print("got     ", got.shape, got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
