"""Invoice v3: what Books answers to those who only sell, on data of its own."""
