"""Filter gradient of tf.nn.depthwise_conv2d of an empty batch: it holds what lay in memory.

Each format is asked in a process of its own: float64 with TensorFlow as it is, which is wrong on every processor, and
float32 with TF_ENABLE_ONEDNN_OPTS=0, which makes it what it is on a processor where TensorFlow does not use oneDNN.
What is expected is 36 zeros, each time. Before each call memory is filled with sevens and freed again.
Seen with tensorflow 2.21.0 on Linux x86_64, NumPy 2.4.6, on 2026-12-01: in nine or ten calls of ten
other numbers, in two to nine of them sevens.
Found by convformance: depthwise2d-n0-i3x3-c2-f4-k3x3-s1x1-psame-d1x1-g2-f32.dfilters.exact
"""

import os
import subprocess
import sys

CHILD = """
import numpy as np
import tensorflow as tf

x = tf.zeros((0, 3, 3, 2), "{dtype}")
filters = tf.ones((3, 3, 2, 2), "{dtype}")
cotangent = tf.zeros((0, 3, 3, 4), "{dtype}")
wrong = sevens_back = 0
shown = []
for call in range(10):
    sevens = [tf.fill((36,), tf.constant(7, "{dtype}")) for _ in range(64)]
    del sevens
    with tf.GradientTape() as tape:
        tape.watch(filters)
        output = tf.nn.depthwise_conv2d(x, filters, strides=[1, 1, 1, 1], padding="SAME")
    got = tape.gradient(output, filters, output_gradients=cotangent).numpy()
    if np.any(got != 0):
        wrong += 1
        sevens_back += bool(np.any(got == 7))
        shown = got[got != 0][:4].tolist()
print(f"other numbers in {wrong} of 10 calls, sevens in {sevens_back} of them; the last began {shown}")
"""
failed = 0
for dtype, setting in (("float64", None), ("float32", "0")):
    environment = dict(os.environ)
    if setting is not None:
        environment["TF_ENABLE_ONEDNN_OPTS"] = setting
    child = subprocess.run(
        [sys.executable, "-c", CHILD.replace("{dtype}", dtype)], env=environment, capture_output=True, text=True
    )
    got = child.stdout.strip() or f"no answer: {child.stderr[-300:]}"
    # expected[0, 0, 0, 0] is a sum over no image, 0
    print(dtype, "expected (3, 3, 2, 2), all 0; got", got)
    failed += "other numbers in 0 of 10 calls" not in got
raise SystemExit(1 if failed else 0)
