"""Conv and ConvTranspose in cv2.dnn of OpenCV: strides below 1, and a kernel above the image, end the process.

Each is asked in a process of its own. What is expected is cv2.error.
Seen with OpenCV 5.0.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23: signal 8, no answer within 20 seconds, signal 11.
Found by convformance: conv1d-n2-i12-c4-f6-k3-s1-pvalid-d1-g1-b-f32.invalid-stride-zero.exact
"""

import subprocess
import sys

# x: (1, 1, 1, 4), filters of ones
MODELS = {
    "Conv, 2 taps, stride 0": (
        "CAk6iAEKOAoBeAoBdxIBeSIEQ29udioVCgxrZXJuZWxfc2hhcGVAAUACoAEHKhAKB3N0cmlkZXNAAUAAoAEHEgFnKhcIAQgBCAEI"
        "AhABQgF3SggAAIA/AACAP1obCgF4EhYKFAgBEhAKAggBCgIIAQoCCAEKAggEYhMKAXkSDgoMCAESCAoACgAKAAoAQgQKABAT"
    ),
    "Conv, 6 taps": (
        "CAk6hgEKJgoBeAoBdxIBeSIEQ29udioVCgxrZXJuZWxfc2hhcGVAAUAGoAEHEgFnKicIAQgBCAEIBhABQgF3ShgAAIA/AACAPwAA"
        "gD8AAIA/AACAPwAAgD9aGwoBeBIWChQIARIQCgIIAQoCCAEKAggBCgIIBGITCgF5Eg4KDAgBEggKAAoACgAKAEIECgAQEw=="
    ),
    "ConvTranspose, 2 taps, stride -1": (
        "CAk6mgEKSgoBeAoBdxIBeSINQ29udlRyYW5zcG9zZSoVCgxrZXJuZWxfc2hhcGVAAUACoAEHKhkKB3N0cmlkZXNAAUD/////////"
        "//8BoAEHEgFnKhcIAQgBCAEIAhABQgF3SggAAIA/AACAP1obCgF4EhYKFAgBEhAKAggBCgIIAQoCCAEKAggEYhMKAXkSDgoMCAES"
        "CAoACgAKAAoAQgQKABAT"
    ),
}
CHILD = """
import base64
import cv2
import numpy as np
try:
    net = cv2.dnn.readNetFromONNX(np.frombuffer(base64.b64decode("{model}"), "uint8"))
    net.setInput(np.ones((1, 1, 1, 4), "float32"))
    print("an answer:", net.forward().ravel().tolist(), flush=True)
except cv2.error:
    print("cv2.error", flush=True)
"""
failed = 0
for name, model in MODELS.items():
    try:
        command = [sys.executable, "-c", CHILD.format(model=model)]
        child = subprocess.run(command, capture_output=True, text=True, timeout=20)
        got = child.stdout.strip() or f"signal {-child.returncode}"
    except subprocess.TimeoutExpired:
        got = "nothing within 20 seconds"
    failed += got != "cv2.error"
    print(f"{name}: expected cv2.error, got {got}")
raise SystemExit(1 if failed else 0)
