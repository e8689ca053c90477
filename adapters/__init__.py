"""How each framework spells a convolution: one small file a framework, and how an adapter is found and called."""
