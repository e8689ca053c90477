"""What others test a convolution with, put to the same faults.

Each module rebuilds the cases of one peer as problems of this project: `onnx_nodes`, `opinfo` of torch, `keras_tests`.
`catching` counts which faults they would notice under their own tolerances, `table` writes it down. Nothing here
imports a framework before it is asked for a peer.
"""
