"""tf.nn.conv3d with other dilations of rows and columns: a tf.function is given another shape, the converter refuses it.

Five rows (1, 2, 3, 4, 5), a kernel of two rows (1, 1), and a dilation of 2 along the columns, where a kernel one wide has nothing
to dilate: four outputs, 3, 5, 7, 9. TensorFlow computes them, but says before that there are three, and of two rows that there is
a negative number: its shape function takes the dilation of the columns for that of the rows, and the other way round.
Seen with tensorflow-cpu 2.21.0 on Linux x86_64, NumPy 2.4.6, on 2026-11-23.
Found by convformance: conv3d-n2-i6x8x5-c3-f3-k3x2x1-s1x1x1-pvalid-d1x2x3-g1-relu-f32.forward.exact
"""

import numpy as np
import tensorflow as tf

filters = np.ones((1, 2, 1, 1, 1), "float32")
wrong = 0
for rows in (5, 2):
    x = np.arange(1, rows + 1, dtype="float32").reshape(1, 1, rows, 1, 1)
    for dilation in ((1, 1, 1), (1, 1, 2)):
        expected = (x[:, :, :-1] + x[:, :, 1:]).ravel().tolist()

        @tf.function(input_signature=[tf.TensorSpec(x.shape, tf.float32)])
        def layer(image, dilations=(1, *dilation, 1)):
            return tf.nn.conv3d(image, filters, [1] * 5, "VALID", dilations=dilations)

        eager = tf.nn.conv3d(x, filters, [1] * 5, "VALID", dilations=(1, *dilation, 1)).numpy().ravel().tolist()
        try:
            concrete = layer.get_concrete_function()
            static, dynamic = concrete.output_shapes[2], layer(x).shape[2]
        except ValueError as error:
            static, dynamic = str(error).strip().splitlines()[-1].strip().partition(" for ")[0], None
        try:
            tf.lite.TFLiteConverter.from_concrete_functions([layer.get_concrete_function()]).convert()
            converted = "converted"
        except Exception as error:
            converted = type(error).__name__
        wrong += static != len(expected)
        print(f"{rows} rows, dilations {dilation}: expected {expected}, at once {eager}")
        print(f"  in a tf.function: rows promised {static}, rows given {dynamic}; for LiteRT: {converted}")
raise SystemExit(1 if wrong else 0)
