"""MNN.expr.conv2d: a bias that is too short, filters of other channels, and a dilation of 0 are not refused.

Six filters and a bias of one number: five numbers are missing. An image of four channels and filters of five: there is
no number
for the fifth. Each is asked in a process of its own. What is expected is an exception.
Seen with MNN 3.6.1 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: an answer, an answer, and signal 8.
Found by convformance: conv2d-n2-i9x8-c4-f6-k3x2-s1x1-pvalid-d1x1-g1-b-f32.invalid-bias-short.exact
"""

import subprocess
import sys

CHILD = """
import MNN.expr as expr
import numpy as np
def variable(array):
    return expr.const(np.asarray(array, "float32"), list(array.shape), expr.NCHW)
image = expr.convert(variable(np.ones((1, 4, 3, 3))), expr.NC4HW4)
try:
    output = expr.conv2d(
        image, variable(np.ones(({filters}, {channels}, 2, 2))), variable(np.ones({bias})), (1, 1), (0, 0), ({dilation}, {dilation}), 1,
        expr.Padding_Mode.VALID,
    )
    print("an answer of shape", np.array(expr.convert(output, expr.NCHW).read()).shape, flush=True)
except (ValueError, RuntimeError, SystemError) as error:
    print("an exception:", error, flush=True)
"""
failed = 0
for name, sizes in {
    "a bias of one number": {"filters": 6, "channels": 4, "bias": 1, "dilation": 1},
    "filters of five channels": {"filters": 6, "channels": 5, "bias": 6, "dilation": 1},
    "a dilation of 0": {"filters": 6, "channels": 4, "bias": 6, "dilation": 0},
}.items():
    child = subprocess.run([sys.executable, "-c", CHILD.format(**sizes)], capture_output=True, text=True)
    got = f"signal {-child.returncode}" if child.returncode else child.stdout.strip().rpartition("\n")[2]
    failed += "an exception" not in got
    print(name, "expected an exception, got", got)
raise SystemExit(1 if failed else 0)
