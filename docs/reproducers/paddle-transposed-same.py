"""paddle.nn.functional.conv1d_transpose of Paddle 3.3.1: "SAME" pads as a convolution of the input, not of the output.

A convolution with "SAME" and stride 2 takes 6 cells to 3, so its transpose should take 3 cells to 6, and 4 to 8.
Seen with Paddle 3.3.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: transposed1d-n1-i3-c1-f1-k3-s2-psame-d1-g1-f32.forward.exact
"""

import numpy as np
import paddle

wrong = False
for size in (3, 4):
    x = paddle.to_tensor(np.arange(1, size + 1, dtype="float32").reshape(1, 1, size))
    filters = paddle.to_tensor(np.array([1, 10, 100], "float32").reshape(1, 1, 3))
    got = paddle.nn.functional.conv1d_transpose(x, filters, stride=2, padding="SAME").numpy()
    print(size, "cells: expected", 2 * size, "got", got.size, got.ravel().tolist())
    wrong |= got.size != 2 * size
raise SystemExit(1 if wrong else 0)
