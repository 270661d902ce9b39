"""Pages of the desk about evenings and their write-ups that are more than a form of one row."""
