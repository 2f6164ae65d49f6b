"""Values of the bridge: frozen, typed, free of I/O."""
