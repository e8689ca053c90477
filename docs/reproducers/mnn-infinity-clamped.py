"""MNN.expr.conv2d of MNN 3.6.1: infinities come out as the largest finite number.

Seen with MNN 3.6.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv2d-n1-i1x4-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-f32.forward.inf-x
"""

import MNN.expr as expr
import numpy as np


def variable(array):
    return expr.const(np.asarray(array, "float32"), list(array.shape), expr.NCHW)


x = np.array([np.inf, -np.inf, np.nan, 1]).reshape(1, 1, 1, 4)
image = expr.convert(variable(x), expr.NC4HW4)
valid = expr.Padding_Mode.VALID
filters, bias = variable(np.ones((1, 1, 1, 1))), variable(np.zeros(1))
output = expr.conv2d(image, filters, bias, (1, 1), (0, 0), (1, 1), 1, valid)
got = np.array(expr.convert(output, expr.NCHW).read()).ravel()
print("expected", x.ravel().tolist())
print("got     ", got.tolist())
raise SystemExit(0 if np.array_equal(got, x.ravel(), equal_nan=True) else 1)
