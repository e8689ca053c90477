"""conv3d of tensorflow 2.21.0 without oneDNN: SAME pads before the input where the stride is above the kernel.

Asked for the output, in each format that TensorFlow's own kernel computes where it does not use oneDNN.
TF_ENABLE_ONEDNN_OPTS=0 makes any processor one of those. Without it float64 is wrong on every processor, and float16 on
those without AVX-512 FP16.
Seen on Linux x86_64 with NumPy 2.4.6, on 2026-12-01.
Found by convformance: conv3d-n1-i3x1x1-c1-f1-k1x1x1-s3x1x1-psame-d1x1x1-g1-f32.forward.exact
"""

import os

# TensorFlow reads this when it is imported.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf

failed = 0
for dtype in ("float64", "float32", "bfloat16", "float16"):
    x = tf.cast(np.array([[[[[1]]], [[[2]]], [[[3]]]]]), dtype)
    filters = tf.cast(np.array([[[[[1]]]]]), dtype)
    output = tf.nn.conv3d(x, filters, strides=[1, 3, 1, 1, 1], padding="SAME")
    got = tf.cast(output, "float64").numpy()
    # It gave [[[[[2]]]]] of shape (1, 1, 1, 1, 1), in all four.
    expected = np.array([[[[[1]]]]], "float64")
    # expected[0, 0, 0, 0, 0] = 1*1 = 1
    print(dtype, "expected", expected.shape, expected.tolist(), "got", got.shape, got.tolist())
    failed += not np.array_equal(got, expected)
raise SystemExit(1 if failed else 0)
