"""A believable retailer with a known truth: messages to send, and who was really who.

`generate` makes them from a seed; `score` compares profiles with the truth.
"""

from service.demo.generate import generate
from service.demo.score import Score, score
from service.demo.truth import Demo, DemoMessage, DemoSource, Truth

__all__ = ["Demo", "DemoMessage", "DemoSource", "Score", "Truth", "generate", "score"]
