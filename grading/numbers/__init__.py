"""Numbers out and in, for who leads the course: exports in each form, and an import that is looked at first."""
