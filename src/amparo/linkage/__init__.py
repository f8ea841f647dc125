"""Records in, persons out: which records of which lists are the same person."""

from amparo.linkage.doubts import doubts
from amparo.linkage.link import Linkage, link
from amparo.linkage.model import PERSON
from amparo.linkage.persons import stable_persons
from amparo.linkage.quality import Quality

__all__ = ["PERSON", "Linkage", "Quality", "doubts", "link", "stable_persons"]
