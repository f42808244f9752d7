"""Evaluation: prompts in suites, scorers of replies, and what a model makes of them."""

from vibecoder.evaluate.calls import CallPrompt, CallScore, call_prompts, score_calls, score_replies

__all__ = ["CallPrompt", "CallScore", "call_prompts", "score_calls", "score_replies"]
