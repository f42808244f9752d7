"""Holds what is said around a refactoring: the request, the thoughts on the way, the result."""

from __future__ import annotations

__all__ = ["DONE", "FIRST", "PLAN", "READ", "THEN", "WISHES"]

_ANY = (
    "`{name}` in {path} smells of {trouble}. Clean that up and keep `{case}` green.",
    "I see {trouble} in `{name}`. Fix it in {path}, `{case}` has to pass before and after.",
    "{path}: does `{name}` suffer from {trouble}? If so, cure it. `{case}` is the check.",
    "My reviewer mentioned {trouble} in `{name}` ({path}). Please take care of it, with `{case}` as a net.",
    "Before anyone else edits `{name}`, get rid of {trouble} there. It lives in {path}; run `{case}`.",
    "Can you measure `{name}` from {path} and improve on {trouble}? `{case}` must not break.",
    "Let's leave `{name}` better than we found it: {trouble}, I think. {path}, test `{case}`.",
    "Same behaviour, better shape: `{name}` in {path}. I suspect {trouble}. Prove it with `{case}`.",
)
WISHES = {
    "dry": (
        *_ANY,
        "`{name}` repeats itself, I think. Make {path} DRY there and run `{case}` on both sides of the change.",
        "Don't repeat yourself, says the poster, and {path} does in `{name}`. Help; `{case}` covers it.",
        "Every fix in `{name}` has to be made more than once. Can that be one place? See {path} and `{case}`.",
        "Look for repetition in `{name}`, {path}, and fold it. I count on `{case}` staying green.",
        "What is written twice around `{name}` in {path}? Write it once; `{case}` tells if you slip.",
    ),
    "solid": (
        *_ANY,
        "`{name}` in {path} has more than one reason to change. Split off one job; `{case}` must pass.",
        "Single responsibility, please, for `{name}` ({path}). `{case}` is its test.",
        "I can't test the middle of `{name}` on its own. Give that part of {path} a function; run `{case}`.",
        "`{name}` mixes steps that belong apart. Which would you pull out of it? Do so in {path}, then `{case}`.",
        "Too much happens in `{name}`. Apply the S of SOLID in {path} without touching the signature; `{case}`.",
        "Take `{name}` in {path} apart where it is natural, callers untouched, `{case}` as proof.",
    ),
    "clean code": (
        *_ANY,
        "Make `{name}` in {path} read better, one thing is enough. `{case}` checks it.",
        "A newcomer stumbled over `{name}`. What in {path} could be plainer? Change it, run `{case}`.",
        "Boy-scout rule for {path}: tidy one spot in `{name}`, then `{case}`.",
        "What would a strict linter dislike about `{name}` ({path})? Fix that and run `{case}`.",
        "I have to explain `{name}` aloud tomorrow. Help {path} explain itself, with `{case}` green.",
    ),
    "refactoring": (
        *_ANY,
        "Simplify `{name}` in {path}, nothing observable may change: `{case}`.",
        "`{name}` is longer than its idea. Shorten it in {path} and back it up with `{case}`.",
        "Refactor `{name}`, {path}, in one small step. Start and end with `{case}`.",
        "The control flow of `{name}` goes round in circles. Straighten {path}; `{case}` guards you.",
        "How few lines does `{name}` really need? Show me in {path}, and `{case}` before and after.",
    ),
}
FIRST = (
    "Numbers and the test first, so that I know where I start.", "I measure `{name}` and run `{short}` before I edit.",
    "First the state of things.", "A baseline before any change.", "", "Let me see how `{name}` stands.",
    "Is `{short}` green now, and what does `{name}` measure?", "",
)  # fmt: skip
READ = ("Green, so I can start. Now the code.", "The net holds. Let me read it.", "", "`{short}` passes; I read on.",
        "Now to the code itself.", "A green start. The body next.")  # fmt: skip
PLAN = (
    "I see it: {what}.", "Here is the point: {what}.", "{What}.", "What I would change: {what}.",
    "The smell is plain: {what}. One small step.", "Reading it, {what}.", "The reason for the numbers: {what}.",
    "My finding: {what}. I change only that.", "This is what to improve: {what}.",
)  # fmt: skip
THEN = ("Now the same check and the same measure again.", "", "And again, both.", "Did that help, and does it hold?",
        "Same test, same measure.", "To be sure:")  # fmt: skip
DONE = (
    "{Done}. `{name}` went from {before} to {after}, `{short}` passes as before, and the file still has {public}.",
    "In short: {done}. Measured: {before} before, {after} now. `{short}` is green on both sides; {public} as ever.",
    "`{name}` has {after} now, it had {before}: {done}. The test gave {outcome} before and gives {outcome} after.",
    "From {before} to {after}, since {done}. Nothing outside notices: {public} stay, and `{short}` is green.",
    "Better by the numbers ({before}, now {after}): {done}. `{short}`: {outcome}, unchanged.",
    "{Done}. That took `{name}` from {before} to {after}. Callers see no difference, {public} remain.",
    "The change is small: {done}. It shows, though: {before} became {after}. `{short}` still says {outcome}.",
    "Before: {before}. After: {after}. Why: {done}. Safety: `{short}` ran twice, {outcome} each time.",
    "{Done}, so {before} turned into {after}. I ran `{short}` before and after, and {public} are what they were.",
)  # fmt: skip
