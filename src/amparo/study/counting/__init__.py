"""What the study counts, the counts made so far, and the findings a report tells."""
