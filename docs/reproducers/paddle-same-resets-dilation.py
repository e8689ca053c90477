"""paddle.nn.functional.conv1d of Paddle 3.3.1: with padding="SAME" the dilation is taken for 1.

Seen with Paddle 3.3.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv1d-n1-i5-c1-f1-k3-s1-psame-d2-g1-f32.forward.exact
"""

import numpy as np
import paddle

x = np.array([1, 2, 3, 4, 5], "float32").reshape(1, 1, 5)
filters = np.array([1, 10, 100], "float32").reshape(1, 1, 3)
got = paddle.nn.functional.conv1d(
    paddle.to_tensor(x), paddle.to_tensor(filters), padding="SAME", dilation=2
).numpy()
explicit = paddle.nn.functional.conv1d(
    paddle.to_tensor(x), paddle.to_tensor(filters), padding=[2, 2], dilation=2
).numpy()
# Output 0 is 1*0 + 10*1 + 100*3 = 310.
expected = np.array([310, 420, 531, 42, 53], "float32").reshape(1, 1, 5)
print("with pads", explicit.ravel().tolist())
print("expected ", expected.ravel().tolist())
print("got      ", got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
