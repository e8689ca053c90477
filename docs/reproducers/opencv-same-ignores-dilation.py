"""Conv in cv2.dnn of OpenCV 5.0.0: auto_pad SAME_UPPER pads as if the dilation were 1.

A kernel of 3 with dilation 2 is 5 cells long and needs two pads on either side.
Seen with OpenCV 5.0.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv2d-n1-i1x4-c1-f1-k1x3-s1x2-psame-d1x1-g1-f32.forward.exact
"""

import base64

import cv2
import numpy as np

# x: (1, 1, 1, 5); filters: 1, 10, 100; dilations: 1, 2; auto_pad: SAME_UPPER
model = base64.b64decode(
    "CAkSADqpAQpVCgF4CgF3EgF5IgRDb252KhkKCGF1dG9fcGFkIgpTQU1FX1VQUEVSoAEDKhIKCWRpbGF0aW9uc0ABQAKgAQcqFQoM"
    "a2VybmVsX3NoYXBlQAFAA6ABBxIBZyobCAEIAQgBCAMQAUIBd0oMAACAPwAAIEEAAMhCWhsKAXgSFgoUCAESEAoCCAEKAggBCgII"
    "AQoCCAViEwoBeRIOCgwIARIICgAKAAoACgBCBAoAEBM="
)
net = cv2.dnn.readNetFromONNX(np.frombuffer(model, "uint8"))
x = np.array([1, 2, 3, 4, 5], "float32").reshape(1, 1, 1, 5)
net.setInput(x)
got = net.forward()
expected = np.array([10 + 300, 20 + 400, 1 + 30 + 500, 2 + 40, 3 + 50], "float32").reshape(1, 1, 1, 5)
print("expected", expected.shape, expected.ravel().tolist())
print("got     ", got.shape, got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected, equal_nan=True) else 1)
