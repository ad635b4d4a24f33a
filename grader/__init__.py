"""Homework: from a master to what students get, and from what they hand in to scores.

`classes` reads a class's configuration, `building` makes the student's notebook and the autograder
from a master, `grading` grades one notebook in a `sandbox`, `scoring` a folder of them, `reports`
writes what it found. `python -m grader --help` lists the commands; `make` calls them.
"""
