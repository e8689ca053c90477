"""tf.nn.conv2d, conv3d of an image that lacks an axis, conv2d_transpose to a negative size: no exceptions.

Each is asked in a process of its own. What is expected is an exception.
Seen with tensorflow 2.21.0 on Linux x86_64 with AVX-512 VNNI, NumPy 2.4.6, on 2026-11-23: signal 6, from
a failed assertion; an answer, of numbers behind the image; and signal 6.
Found by convformance: conv2d-n1-i2x2-c1-f1-k1x1-s1x1-pvalid-d1x1-g1-f32.invalid-input-rank.exact
"""

import subprocess
import sys

CHILD = """
import tensorflow as tf
try:
    print("an answer of shape", {call}.shape, flush=True)
except Exception as error:
    print("an exception:", str(error)[:80], flush=True)
"""
failed = 0
for call in (
    "tf.nn.conv2d(tf.ones((2, 2, 1)), tf.ones((1, 1, 1, 1)), 1, 'VALID')",
    "tf.nn.conv3d(tf.ones((3, 3, 2, 1)), tf.ones((2, 2, 1, 1, 1)), (1,) * 5, 'VALID')",
    "tf.nn.conv2d_transpose(tf.ones((1, 3, 1, 1)), tf.ones((1, 1, 1, 1)), (1, -3, 1, 1), 1, 'VALID')",
):
    child = subprocess.run([sys.executable, "-c", CHILD.format(call=call)], capture_output=True, text=True)
    got = child.stdout.strip() or f"signal {-child.returncode}"
    failed += "an exception" not in got
    print(call, "expected an exception, got", got)
raise SystemExit(1 if failed else 0)
