"""Lists of addresses from other programs: read a file, find its columns, and tell who left or never confirmed there."""
