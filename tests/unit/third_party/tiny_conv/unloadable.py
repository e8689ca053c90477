"""An adapter whose engine is not whole."""

raise ImportError("libtiny.so.3: cannot open shared object file")
