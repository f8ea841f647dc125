"""Sources as received and the records in them."""
