"""conv2d of torch 2.13.0+cpu: channels_last image of one channel, strided to outputs one wide: rows are skipped.

Asked for the output.
Seen on Linux x86_64 with NumPy 2.4.6.
Found by convformance: conv2d-n2-i4x5-c1-f1-k2x3-s1x3-pvalid-d1x1-g1-f32.forward.exact.view
"""

import numpy as np
import torch

x = np.arange(1, 41, dtype="float32").reshape(2, 4, 5, 1)
x = x.transpose(0, 3, 1, 2)
filters = np.array([[[[1]], [[0]], [[0]]], [[[0]], [[0]], [[0]]]], "float32")
filters = filters.transpose(3, 2, 0, 1)
x = torch.from_numpy(x)
filters = torch.from_numpy(filters)
output = torch.nn.functional.conv2d(x, filters, stride=(1, 3))
got = output.numpy()
# It gave [[[[1], [16], [0]]], [[[21], [36], [0]]]] of shape (2, 1, 3, 1).
expected = np.array([[[[1], [6], [11]]], [[[21], [26], [31]]]], "float32")
# expected[0, 0, 1, 0] = 6*1 + 7*0 + 8*0 + 11*0 + 12*0 + 13*0 = 6
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
