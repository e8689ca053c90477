"""mx.conv_transpose1d of MLX 0.32.4: padding that crops more than the kernel overhangs crops cells of the input.

Seen with MLX 0.32.4 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: transposed1d-n1-i3-c1-f1-k1-s2-p1+1-d1-g1-f32.forward.exact
"""

import mlx.core as mx
import numpy as np

x = mx.array(np.array([1, 2, 3], "float32").reshape(1, 3, 1))
filters = mx.ones((1, 1, 1))
whole = np.array(mx.conv_transpose1d(x, filters, stride=2))
got = np.array(mx.conv_transpose1d(x, filters, stride=2, padding=1))
expected = np.array([0, 2, 0], "float32").reshape(1, 3, 1)  # 1, 0, 2, 0, 3 without its first and last cell
print("without padding", whole.ravel().tolist())
print("expected", expected.shape, expected.ravel().tolist())
print("got     ", got.shape, got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
