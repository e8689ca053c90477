"""MNN.expr.conv2d of MNN 3.6.1: SAME with a stride above the kernel: a row is written before the buffer.

Half of a negative total of pads is -1: windows begin at row 1, and row 0 lies where the bias was, whose cell 2 is added.
Seen with MNN 3.6.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv2d-n1-i9x3-c1-f1-k1x1-s3x1-psame-d1x1-g1-f32.forward.exact
"""

import MNN.expr as expr
import numpy as np


def variable(array):
    return expr.const(np.asarray(array, "float32"), list(array.shape), expr.NCHW)


x = np.arange(1, 28).reshape(1, 1, 9, 3)
image = expr.convert(variable(x), expr.NC4HW4)
same = expr.Padding_Mode.SAME
filters, bias = variable(np.ones((1, 1, 1, 1))), variable(np.zeros(1))
# Strides of the width first.
output = expr.conv2d(image, filters, bias, (1, 3), (0, 0), (1, 1), 1, same)
got = np.array(expr.convert(output, expr.NCHW).read()).ravel().tolist()
expected = x[0, 0, ::3].ravel().tolist()  # SAME has no pads here: it never takes cells away
print("expected", expected)
print("got     ", got)
raise SystemExit(0 if got == expected else 1)
