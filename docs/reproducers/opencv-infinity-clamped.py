"""Conv in cv2.dnn of OpenCV 5.0.0: infinities and NaN come out as the largest finite number.

Infinity plus one is infinity, and NaN plus one is NaN.
Seen with OpenCV 5.0.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv1d-n1-i2-c1-f1-k1-s1-pvalid-d1-g1-f32.forward.inf-x
"""

import base64

import cv2
import numpy as np

# x: (1, 1, 1, 5); filters: 1, 1
model = base64.b64decode(
    "CAkSADp2CiYKAXgKAXcSAXkiBENvbnYqFQoMa2VybmVsX3NoYXBlQAFAAqABBxIBZyoXCAEIAQgBCAIQAUIBd0oIAACAPwAAgD9a"
    "GwoBeBIWChQIARIQCgIIAQoCCAEKAggBCgIIBWITCgF5Eg4KDAgBEggKAAoACgAKAEIECgAQEw=="
)
net = cv2.dnn.readNetFromONNX(np.frombuffer(model, "uint8"))
x = np.array([np.inf, 1, -np.inf, 1, np.nan], "float32").reshape(1, 1, 1, 5)
net.setInput(x)
got = net.forward()
expected = np.array([np.inf, -np.inf, -np.inf, np.nan], "float32").reshape(1, 1, 1, 4)
print("expected", expected.shape, expected.ravel().tolist())
print("got     ", got.shape, got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected, equal_nan=True) else 1)
