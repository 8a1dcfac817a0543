"""probe"""
from datetime import timedelta
from tests.build import london
from tests.story import *
import pytest
pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")
P = london(2026, 6, 16, 9, 30)
def test_probe_a_b(begin):
    story = begin(P - timedelta(days=8))
    story.ready(P)
    story.clock.put(P - timedelta(hours=24))
    print(story.reads(CHANCELLOR))
    story.clock.put(P)
    print(story.phase())
    print(story.published())
    print(story.opens(CHANCELLOR).json())
    print(story.letters(CHANCELLOR))
