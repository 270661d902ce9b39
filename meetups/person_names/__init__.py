"""Find people's names in text by the shape of lines and sentences, so that an organiser can look at them.

find_people("Sam read it aloud. Notes by Bea.")  ->  [Person("Sam", 0, 3, …), Person("Bea", 28, 31, …)]
"""

from meetups.person_names.finder import find_known, find_people, list_names
from meetups.person_names.person import Person

__all__ = ["Person", "find_known", "find_people", "list_names"]
