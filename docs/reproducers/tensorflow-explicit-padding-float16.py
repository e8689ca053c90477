"""conv2d of tensorflow 2.21.0: gradients behind EXPLICIT padding are added up in float16, behind VALID in float32.

Asked for the gradient with respect to the input.
Seen on Linux x86_64 with NumPy 2.4.6.
Found by convformance: conv2d-n1-i3x1-c1-f1-k2x1-s1x1-p0+0x0+0-d1x1-g1-f16.dx.exact
"""

import numpy as np
import tensorflow as tf

x = np.array([[[[1]], [[2]], [[3]]]], "float16")
filters = np.array([[[[-1.5419921875]]], [[[-1]]]], "float16")
cotangent = np.array([[[[-0.177978515625]], [[0.51220703125]]]], "float16")
x = tf.constant(x)
filters = tf.constant(filters)
cotangent = tf.constant(cotangent)
with tf.GradientTape() as tape:
    tape.watch(x)
    output = tf.nn.conv2d(x, filters, strides=[1, 1], padding=[[0, 0], [0, 0], [0, 0], [0, 0]])
gradient = tape.gradient(output, x, output_gradients=cotangent)
got = gradient.numpy()
# It gave [[[[0.2744140625]], [[-0.6123046875]], [[-0.51220703125]]]] of shape (1, 3, 1, 1).
expected = np.array([[[[0.2744414806365967]], [[-0.6118407249450684]], [[-0.51220703125]]]], "float64")
# expected[0, 1, 0, 0] = (-0.177978515625)*(-1) + 0.51220703125*(-1.5419921875) = -0.6118407249450684
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
# No order of summation is further off than this.
limit = 0.00029892549999293433
near = (got == expected) | (np.abs(got - expected) <= limit)
raise SystemExit(0 if got.shape == expected.shape and near.all() else 1)
