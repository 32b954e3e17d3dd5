"""How good what was read is: a whole article, a part, a wall, a list, nothing at all, and why."""
