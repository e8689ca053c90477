"""ConvTranspose in cv2.dnn of OpenCV 5.0.0 and 4.14.0: SAME_UPPER crops too much where the stride is above 1.

ONNX says of it: as many outputs as inputs times the stride. Of 2 cells a kernel of 2 with stride 2 gives 4, none cropped.
Seen with OpenCV 5.0.0 (and 4.14.0) on Linux x86_64, NumPy 2.4.6, on 2026-11-23: (1, 10, 2).
Found by convformance: transposed1d-n1-i2-c1-f1-k2-s2-psame-d1-g1-f32.forward.exact
"""

import base64

import cv2
import numpy as np

# x: (1, 1, 1, 2); filters: 1, 10; strides: 1, 2; auto_pad: SAME_UPPER
model = base64.b64decode(
    "CAk6rAEKXAoBeAoBdxIBeSINQ29udlRyYW5zcG9zZSoZCghhdXRvX3BhZCIKU0FNRV9VUFBFUqABAyoVCgxrZXJuZWxfc2hhcGVAAUAC"
    "oAEHKhAKB3N0cmlkZXNAAUACoAEHEgFnKhcIAQgBCAEIAhABQgF3SggAAIA/AAAgQVobCgF4EhYKFAgBEhAKAggBCgIIAQoCCAEKAggC"
    "YhMKAXkSDgoMCAESCAoACgAKAAoAQgQKABAT"
)
net = cv2.dnn.readNetFromONNX(np.frombuffer(model, "uint8"))
x = np.array([1, 2], "float32").reshape(1, 1, 1, 2)
net.setInput(x)
got = net.forward()
expected = np.array([1, 10, 2, 20], "float32").reshape(1, 1, 1, 4)
print("expected", expected.shape, expected.ravel().tolist())
print("got     ", got.shape, got.ravel().tolist())
raise SystemExit(0 if np.array_equal(got, expected, equal_nan=True) else 1)
