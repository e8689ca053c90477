"""Gradients of mx.conv1d of an empty batch: refused, and with groups the process ends (SIGFPE).

No image of 9 cells and 3 channels: the output has the shape (0, 7, 6), the gradient of the input (0, 9, 3), and that of
the
filters is a sum of nothing. Each is asked in a process of its own.
Seen with MLX 0.32.4 on Linux x86_64 (CPU), NumPy 2.4.6, on 2026-11-23: "[reshape] Cannot infer the shape of an empty
array", and signal 8.
Found by convformance: conv1d-n0-i9-c4-f6-k3-s1-pvalid-d1-g1-b-f32.dx.exact
"""

import subprocess
import sys

CHILD = """
import mlx.core as mx
groups = {groups}
x, filters = mx.zeros((0, 9, 3)), mx.ones((6, 3, 3 // groups))
layer = lambda x, w: mx.conv1d(x, w, groups=groups)
_, gradients = mx.vjp(layer, [x, filters], [mx.zeros((0, 7, 6))])
mx.eval(gradients)
print([tuple(gradient.shape) for gradient in gradients])
"""
failed = 0
for groups in (1, 3):
    child = subprocess.run([sys.executable, "-c", CHILD.format(groups=groups)], capture_output=True, text=True)
    expected = str([(0, 9, 3), (6, 3, 3 // groups)])
    got = child.stdout.strip() or child.stderr.strip().rpartition("\n")[2] or f"signal {-child.returncode}"
    failed += got != expected
    print(groups, "groups: expected", expected, "got", got)
raise SystemExit(1 if failed else 0)
