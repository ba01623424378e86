"""Places students into teams. Pure: values in, values out; no Django, database or clock of the application.

A placement is a set partition over promising candidate teams: `greedy` makes a first one, `search` improves it by
swaps and meets good teams on its way, `candidates` adds those that look good from each student's side, and `solver`
(CP-SAT) chooses among all of them. `sizes` says beforehand whether a class can be split at all.
"""
