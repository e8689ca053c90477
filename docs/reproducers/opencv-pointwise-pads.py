"""Conv in cv2.dnn of OpenCV 5.0.0: with a 1x1 kernel the image is read as if it had the size of the output.

With one pad on every side of 5 by 5 cells, 7 by 7 cells are read, 24 of them behind the image, in memory that is not
its own: the numbers there change from run to run.
Seen with OpenCV 5.0.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv2d-n1-i5x5-c2-f1-k1x1-s1x1-p1+1x1+1-d1x1-g1-f32.forward.exact
"""

import base64

import cv2
import numpy as np

# x: (1, 2, 5, 5); filters: 1 for each of the two channels; pads: 1, 1, 1, 1
model = base64.b64decode(
    "CAkSADqJAQo5CgF4CgF3EgF5IgRDb252KhUKDGtlcm5lbF9zaGFwZUABQAGgAQcqEQoEcGFkc0ABQAFAAUABoAEHEgFnKhcI"
    "AQgCCAEIARABQgF3SggAAIA/AACAP1obCgF4EhYKFAgBEhAKAggBCgIIAgoCCAUKAggFYhMKAXkSDgoMCAESCAoACgAKAAoA"
    "QgQKABAT"
)
net = cv2.dnn.readNetFromONNX(np.frombuffer(model, "uint8"))
x = np.arange(1, 51, dtype="float32").reshape(1, 2, 5, 5)
net.setInput(x)
got = net.forward()
expected = np.pad(x.sum(axis=1, keepdims=True), ((0, 0), (0, 0), (1, 1), (1, 1)))
print("expected", expected.shape, expected.tolist())
print("got     ", got.shape, got.tolist())
raise SystemExit(0 if np.array_equal(got, expected) else 1)
