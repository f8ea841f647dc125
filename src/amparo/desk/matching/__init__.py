"""The matching desk: pairs of records side by side, and what a reviewer says of them."""
