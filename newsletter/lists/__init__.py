"""Lists of addresses from other programs: read a file, find its columns, and find people who left or never confirmed."""
