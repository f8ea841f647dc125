"""Files in, records out: hostile spreadsheets read in a limited child, columns mapped to our cells."""
