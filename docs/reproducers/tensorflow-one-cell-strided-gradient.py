"""Gradient of strided filters of one cell on TensorFlow: oneDNN writes past its workspace, the process may die.

20 by 20 cells of 1 channel, stride 2: 10 by 10 outputs. The workspace has 10*10*4 = 400 bytes, and 10*10*16*4 = 6400
are written. The
numbers that come back are right; the memory behind the workspace is not. Asked 20 times in a process of its own.
Seen with tensorflow 2.21.0 (oneDNN 3.7.3) on Linux x86_64 with AVX-512, NumPy 2.4.6, on 2026-11-23: ends with signal 6
or 11.
Found by convformance: conv2d-n1-i20x20-c1-f1-k1x1-s2x2-pvalid-d1x1-g1-f32.dfilters.exact
"""

import subprocess
import sys

CHILD = """
import numpy as np
import tensorflow as tf
x, filters = tf.ones((1, 20, 20, 1)), tf.ones((1, 1, 1, 1))
for _ in range(20):
    with tf.GradientTape() as tape:
        tape.watch(filters)
        output = tf.nn.conv2d(x, filters, 2, "VALID")
    assert tape.gradient(output, filters).numpy().item() == 100
"""
child = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True)
print("expected exit code 0, got", child.returncode, child.stderr.strip()[-100:])
raise SystemExit(1 if child.returncode else 0)
