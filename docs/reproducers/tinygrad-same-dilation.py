"""tinygrad.nn.Conv2d of tinygrad 0.14.0: padding="same" pads each axis by the dilation of the other.

Seen with tinygrad 0.14.0 with clang 14.0.6 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv2d-n1-i1x5-c1-f1-k1x3-s1x1-psame-d1x2-g1-f32.forward.exact
"""

import numpy as np
from tinygrad import Tensor, nn

layer = nn.Conv2d(1, 1, (1, 3), padding="same", dilation=(1, 2), bias=False)
layer.weight = Tensor(np.array([1, 10, 100], "float32").reshape(1, 1, 1, 3))
x = np.array([1, 2, 3, 4, 5], "float32").reshape(1, 1, 1, 5)
got = layer(Tensor(x)).numpy()
# Output 0 is 1*0 + 10*1 + 100*3 = 310.
expected = np.array([310, 420, 531, 42, 53], "float32").reshape(1, 1, 1, 5)
print("expected", expected.shape, expected.ravel().tolist())
print("got     ", got.shape, got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
