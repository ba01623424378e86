"""The grading desk in the admin. What is handed in is graded problem by problem: the work beside the points;
save, and the next one is there.

`order` decides what comes next, `queue` shows a set, `grade` one submission, `routes` says under which addresses.
"""
