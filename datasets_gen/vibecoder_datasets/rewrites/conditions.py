"""Conditions as libcst trees: turned round, joined, and whether they are True or False at all."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

__all__ = ["inverted", "is_boolean", "joined"]

_OPPOSITE: dict[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.Equal: cst.NotEqual,
    cst.NotEqual: cst.Equal,
    cst.In: cst.NotIn,
    cst.NotIn: cst.In,
    cst.Is: cst.IsNot,
    cst.IsNot: cst.Is,
}
_ASKING = ("isinstance", "issubclass", "hasattr", "callable", "any", "all", "bool")
_LOOSE = (cst.IfExp, cst.Lambda, cst.NamedExpr)


def is_boolean(test: cst.BaseExpression) -> bool:
    """Tell whether an expression is certainly True or False."""
    if isinstance(test, cst.Comparison):
        return all(
            isinstance(found.operator, cst.In | cst.NotIn | cst.Is | cst.IsNot) for found in test.comparisons
        ) or (
            all(
                m.matches(found.comparator, m.Integer() | m.SimpleString() | m.Call(m.Name("len")))
                for found in test.comparisons
            )
        )
    if isinstance(test, cst.BooleanOperation):
        return is_boolean(test.left) and is_boolean(test.right)
    if isinstance(test, cst.UnaryOperation):
        return isinstance(test.operator, cst.Not)
    return m.matches(test, m.Call(func=m.OneOf(*map(m.Name, _ASKING))))


def inverted(test: cst.BaseExpression) -> cst.BaseExpression:
    """Negate a condition without a double `not`; `<` keeps its `not`, as not every order is total."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return test.expression
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        other = _OPPOSITE.get(type(target.operator))
        if other is not None:
            operator = other()
            return test.with_changes(comparisons=[target.with_changes(operator=operator)])
    if isinstance(test, cst.Name | cst.Attribute | cst.Call | cst.Subscript) or test.lpar:
        return cst.UnaryOperation(cst.Not(), test)
    return cst.UnaryOperation(cst.Not(), _bracketed(test))


def joined(operator: cst.And | cst.Or, left: cst.BaseExpression, right: cst.BaseExpression) -> cst.BooleanOperation:
    """Join two conditions by `and` or `or`, with parentheses where they are needed."""
    loose = _LOOSE if isinstance(operator, cst.Or) else (*_LOOSE, cst.BooleanOperation)

    def safe(test: cst.BaseExpression) -> cst.BaseExpression:
        same = isinstance(test, cst.BooleanOperation) and isinstance(test.operator, type(operator))
        return _bracketed(test) if isinstance(test, loose) and not same and not test.lpar else test

    return cst.BooleanOperation(left=safe(left), operator=operator, right=safe(right))


def _bracketed(test: cst.BaseExpression) -> cst.BaseExpression:
    return test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
