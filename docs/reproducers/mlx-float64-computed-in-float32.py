"""mx.conv1d of MLX 0.32.4: float64 is computed in float32, and comes back as float64.

Seen with MLX 0.32.4 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv1d-n1-i2-c1-f1-k1-s1-pvalid-d1-g1-f64.forward.exact
"""

import mlx.core as mx
import numpy as np

x = mx.array(np.array([2.0**24, 2.0**24 + 1]).reshape(1, 2, 1), mx.float64)
filters = mx.array(np.ones((1, 1, 1)), mx.float64)
output = mx.conv1d(x, filters)
got = np.array(output)
expected = np.array([2.0**24, 2.0**24 + 1]).reshape(1, 2, 1)
print("expected", expected.dtype, expected.ravel().tolist())
print("got     ", got.dtype, got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
