"""MNN.expr.conv2d of MNN 3.6.1: groups are ignored, unless each channel has one filter.

Each filter is laid on all channels. It has kernels for two of four: memory behind the filters is read for the others.
Seen with MNN 3.6.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: 43 second, and first 21 or any number.
Found by convformance: conv2d-n1-i1x1-c2-f4-k1x1-s1x1-pvalid-d1x1-g2-f32.forward.exact
"""

import MNN.expr as expr
import numpy as np


def variable(array):
    return expr.const(np.asarray(array, "float32"), list(array.shape), expr.NCHW)


def conv2d(x, filters, groups):
    image = expr.convert(variable(x), expr.NC4HW4)
    bias = variable(np.zeros(filters.shape[0]))
    valid = expr.Padding_Mode.VALID
    output = expr.conv2d(image, variable(filters), bias, (1, 1), (0, 0), (1, 1), groups, valid)
    return np.array(expr.convert(output, expr.NCHW).read())


x = np.array([1, 10, 100, 1000]).reshape(1, 4, 1, 1)
filters = np.array([[1, 2], [3, 4]]).reshape(2, 2, 1, 1)
got = conv2d(x, filters, 2).ravel().tolist()
expected = [1 * 1 + 2 * 10, 3 * 100 + 4 * 1000]  # the second filter sees the second half of the channels
print("expected", expected)
print("got     ", got)
raise SystemExit(0 if got == expected else 1)
