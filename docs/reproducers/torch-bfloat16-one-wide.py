"""conv2d of torch 2.13.0+cpu: bfloat16, strided to outputs one wide: rows are skipped.

Asked for the output.
Seen on Linux x86_64 with NumPy 2.4.6.
Found by convformance: conv2d-n1-i5x3-c4-f1-k1x3-s1x2-pvalid-d1x1-g1-bf16.forward.exact
"""

import numpy as np
import torch

x = np.arange(1, 61, dtype="float32").reshape(1, 5, 3, 4)
x = x.transpose(0, 3, 1, 2).copy()
filters = np.array([[[[1, 0, 0]], [[0, 0, 0]], [[0, 0, 0]], [[0, 0, 0]]]], "float32")
x = torch.from_numpy(x).bfloat16()
filters = torch.from_numpy(filters).bfloat16()
output = torch.nn.functional.conv2d(x, filters, stride=(1, 2))
got = output.float().numpy()
# It gave [[[[1], [21], [0], [37], [57]]]] of shape (1, 1, 5, 1).
expected = np.array([[[[1], [13], [25], [37], [49]]]], "float32")
# expected[0, 0, 1, 0] = 13*1 + 14*0 + 15*0 + 16*0 + 17*0 + 18*0 + 19*0 + 20*0 + 21*0 + 22*0 + 23*0 + 24*0 = 13
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
