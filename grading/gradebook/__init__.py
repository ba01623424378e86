"""The gradebook: all students and columns on one page, what changes them, and what they were at any moment."""
