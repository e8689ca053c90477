"""Conv in cv2.dnn of OpenCV 5.0.0: auto_pad SAME_UPPER pads as if the stride were 1.

Of 4 cells a kernel of 3 with stride 2 gives 2 outputs and needs one pad: ONNX puts it at the end.
Seen with OpenCV 5.0.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv2d-n1-i1x4-c1-f1-k1x3-s1x2-psame-d1x1-g1-f32.forward.exact
"""

import base64

import cv2
import numpy as np

# x: (1, 1, 1, 4); filters: 1, 10, 100; strides: 1, 2; auto_pad: SAME_UPPER
model = base64.b64decode(
    "CAkSADqnAQpTCgF4CgF3EgF5IgRDb252KhkKCGF1dG9fcGFkIgpTQU1FX1VQUEVSoAEDKhUKDGtlcm5lbF9zaGFwZUABQAOgAQcq"
    "EAoHc3RyaWRlc0ABQAKgAQcSAWcqGwgBCAEIAQgDEAFCAXdKDAAAgD8AACBBAADIQlobCgF4EhYKFAgBEhAKAggBCgIIAQoCCAEK"
    "AggEYhMKAXkSDgoMCAESCAoACgAKAAoAQgQKABAT"
)
net = cv2.dnn.readNetFromONNX(np.frombuffer(model, "uint8"))
x = np.array([1, 2, 3, 4], "float32").reshape(1, 1, 1, 4)
net.setInput(x)
got = net.forward()
expected = np.array([1 + 20 + 300, 3 + 40], "float32").reshape(1, 1, 1, 2)
print("expected", expected.shape, expected.ravel().tolist())
print("got     ", got.shape, got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected, equal_nan=True) else 1)
