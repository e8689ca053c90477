"""conv1d of reference+groups-interleaved 2.4.6: groups interleaved.

Asked for the output.
Seen on Linux x86_64 with NumPy 2.4.6.
Found by convformance: conv1d-n1-i1-c4-f2-k1-s1-pvalid-d1-g2-f32.forward.exact
"""

import numpy as np
from convformance.adapters.find import find
from convformance.reference.text import parse_problem

x = np.array([[[1, 2, 3, 4]]], "float32")
filters = np.array([[[0, 1], [0, 0]]], "float32")
engine = find('reference+groups-interleaved')
problem = parse_problem('conv1d-n1-i1-c4-f2-k1-s1-pvalid-d1-g2-f32')
bias = None
got = engine.convolve(problem, x, filters, bias)
# It gave [[[0, 2]]] of shape (1, 1, 2).
expected = np.array([[[0, 3]]], "float32")
# expected[0, 0, 1] = 3*1 + 4*0 = 3
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
