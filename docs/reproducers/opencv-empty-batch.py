"""Conv in cv2.dnn of OpenCV: of an empty batch forward() gives None.

No image of 1 by 4 cells, a kernel of two taps: the output is an array of shape (0, 1, 1, 3).
Seen with OpenCV 5.0.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: None.
Found by convformance: conv1d-n0-i9-c4-f6-k3-s1-psame-d1-g1-b-f32.forward.exact
"""

import base64

import cv2
import numpy as np

# x: (0, 1, 1, 4); filters: 1, 1
model = base64.b64decode(
    "CAk6dgomCgF4CgF3EgF5IgRDb252KhUKDGtlcm5lbF9zaGFwZUABQAKgAQcSAWcqFwgBCAEIAQgCEAFCAXdKCAAAgD8AAIA/WhsK"
    "AXgSFgoUCAESEAoCCAAKAggBCgIIAQoCCARiEwoBeRIOCgwIARIICgAKAAoACgBCBAoAEBM="
)
net = cv2.dnn.readNetFromONNX(np.frombuffer(model, "uint8"))
net.setInput(np.zeros((0, 1, 1, 4), "float32"))
got = net.forward()
print("expected an array of shape (0, 1, 1, 3)")
print("got     ", got if got is None else got.shape)
raise SystemExit(0 if got is not None and got.shape == (0, 1, 1, 3) else 1)
