"""Books v3, and Invoice v3, which is its sales side, as their clients see them."""
