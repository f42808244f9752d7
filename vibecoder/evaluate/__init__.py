"""Evaluation: prompts in suites, scorers of replies, and what a model makes of them."""

from vibecoder.evaluate.calls import CallPrompt, CallScore, call_prompts, score_calls

__all__ = ["CallPrompt", "CallScore", "call_prompts", "score_calls"]
