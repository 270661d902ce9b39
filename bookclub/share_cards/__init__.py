"""Share cards: the 1200×630 pictures that programs show beside a shared link."""
