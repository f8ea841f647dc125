"""What a half-known value can mean: names, dates, places, ages; from verbatim cells to columns."""
