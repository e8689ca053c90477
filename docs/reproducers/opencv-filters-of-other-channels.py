"""Conv in cv2.dnn of OpenCV takes filters of five channels for an image of four, ConvTranspose too short a bias.

Four channels of ones and filters of five ones: there is no number for the fifth. Three filters of ones, two channels of
ones, and
one number of bias, 1: the first map is 1 + 1 + 1 = 3, the others have no bias. What is expected is cv2.error.
Seen with OpenCV 5.0.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: an answer; and 3, then numbers from memory that is
not the layer's.
Found by convformance: conv1d-n2-i12-c4-f6-k3-s1-pvalid-d1-g1-b-f32.invalid-filters-channels.exact
"""

import base64

import cv2
import numpy as np

# filters: (2, 5, 1, 1)
conv = base64.b64decode(
    "CAk6lgEKJgoBeAoBdxIBeSIEQ29udioVCgxrZXJuZWxfc2hhcGVAAUABoAEHEgFnKjcIAggFCAEIARABQgF3SigAAIA/AACAPwAA"
    "gD8AAIA/AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/WhsKAXgSFgoUCAESEAoCCAEKAggECgIIAQoCCANiEwoBeRIOCgwIARIICgAK"
    "AAoACgBCBAoAEBM="
)
# filters: (2, 3, 1, 1), bias: (1,)
transposed = base64.b64decode(
    "CAk6oQEKMgoBeAoBdwoBYhIBeSINQ29udlRyYW5zcG9zZSoVCgxrZXJuZWxfc2hhcGVAAUABoAEHEgFnKicIAggDCAEIARABQgF3"
    "ShgAAIA/AACAPwAAgD8AAIA/AACAPwAAgD8qDQgBEAFCAWJKBAAAgD9aGwoBeBIWChQIARIQCgIIAQoCCAIKAggBCgIIA2ITCgF5"
    "Eg4KDAgBEggKAAoACgAKAEIECgAQEw=="
)
failed = 0
for name, model, channels in (("Conv", conv, 4), ("ConvTranspose", transposed, 2)):
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(model, "uint8"))
        net.setInput(np.ones((1, channels, 1, 3), "float32"))
        got = net.forward().tolist()
        failed += 1
    except cv2.error:
        got = "cv2.error"
    print(name, "expected cv2.error, got", got)
raise SystemExit(1 if failed else 0)
