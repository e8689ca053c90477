"""conv2d of torch 2.13.0+cpu: the gradient of one filter that is a view of other memory is refused.

Asked for the gradient with respect to the filters.
Seen on Linux x86_64 with NumPy 2.4.6.
Found by convformance: conv2d-n1-i2x1-c2-f1-k2x1-s1x1-pvalid-d1x1-g1-f32.dfilters.exact.view
"""

import numpy as np
import torch

x = np.array([[[[1, 2]], [[3, 4]]]], "float32")
x = x.transpose(0, 3, 1, 2)
filters = np.array([[[[1], [0]]], [[[0], [0]]]], "float32")
filters = filters.transpose(3, 2, 0, 1)
cotangent = np.array([[[[1]]]], "float32")
cotangent = cotangent.transpose(0, 3, 1, 2)
x = torch.from_numpy(x)
filters = torch.from_numpy(filters)
cotangent = torch.from_numpy(cotangent)
filters.requires_grad_()
output = torch.nn.functional.conv2d(x, filters)
(gradient,) = torch.autograd.grad(output, filters, cotangent)
got = gradient.numpy()
# Instead: RuntimeError: slow_conv2d: grad_weight must be contiguous
expected = np.array([[[[1], [3]], [[2], [4]]]], "float32")
# expected[0, 0, 0, 0] = 1*1 = 1
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
