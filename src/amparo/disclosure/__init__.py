"""True tables in, publishable tables out, and the attack on everything published before."""
