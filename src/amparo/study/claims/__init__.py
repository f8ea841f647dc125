"""Claims: what sources say of persons, acts, actors and totals, value by value with its passage."""
