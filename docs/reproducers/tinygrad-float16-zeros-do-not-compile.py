"""Gradient of tinygrad.nn.ConvTranspose2d of tinygrad 0.14.0 in float16: the C that it writes for clang is none.

Seen with tinygrad 0.14.0 with clang 14.0.6 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: transposed2d-n1-i3x2-c1-f1-k1x1-s1x2-p0+1x0+0-d1x1-g1-f16.dx.exact
"""

import subprocess

import numpy as np
from tinygrad import Tensor, nn

# The last row of the output is cropped.
layer = nn.ConvTranspose2d(1, 1, (1, 1), stride=(1, 2), padding=(0, 0, 0, 1), bias=False)
layer.weight = Tensor(np.array([[[[1]]]], "float16"))
x = Tensor(np.array([[[[1, 2], [3, 4], [5, 6]]]], "float16"))
cotangent = Tensor(np.array([[[[1, 0, 0], [0, 0, 0]]]], "float16"))
# dx[0, 0] = 1*1 = 1: one cell of the cotangent sees one cell of x.
expected = [[[[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]]
print("expected", expected)
try:
    (got,) = layer(x).gradient(x, gradient=cotangent)
    got = got.numpy().tolist()
except subprocess.CalledProcessError as error:
    print("got      an error of clang, exit status", error.returncode)
    raise SystemExit(1) from None
print("got     ", got)
raise SystemExit(0 if got == expected else 1)
