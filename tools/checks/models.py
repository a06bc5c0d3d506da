"""What models must not hide."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.checks.tree import Finding, Source, Tree

SIGNAL_MODULES = {
    "django.dispatch",
    "django.db.models.signals",
    "django.core.signals",
    "django.contrib.auth.signals",
    "django.db.backends.signals",
    "allauth.account.signals",
    "allauth.socialaccount.signals",
}
SAVING = {"save", "asave", "delete", "adelete", "save_base"}


def signal_receivers(tree: Tree) -> Iterator[Finding]:
    """Nothing happens at a distance: who causes an effect calls it. A test may silence Django's."""
    for source in tree.python():
        if source.is_test:
            continue
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            modules = {name.name for name in node.names}
            if isinstance(node, ast.ImportFrom):
                # `from django.db.models import signals` imports the module as well
                modules = {f"{node.module}.{name}" for name in modules} | {f"{node.module}"}
            if modules & SIGNAL_MODULES:
                yield source.finding(
                    "signal-receiver",
                    "call what must happen in the function that makes it happen, instead of"
                    " listening to a Django signal.",
                    line=node.lineno,
                )


def saving_logic(tree: Tree) -> Iterator[Finding]:
    """Bulk writes pass a model's save() by, so logic there is logic that is sometimes skipped."""
    for source in tree.python():
        for node in _model_methods(source):
            if node.name in SAVING:
                yield source.finding(
                    "saving-logic",
                    f"move what {node.name}() does into the verb module that writes the row.",
                    line=node.lineno,
                )


def conditional_constraints(tree: Tree) -> Iterator[Finding]:
    """MariaDB silently leaves out a unique constraint that has a condition."""
    for source in tree.sources:
        if not (source.is_product and source.is_python):
            continue
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Call) and _name(node.func) == "UniqueConstraint"):
                continue
            if any(keyword.arg == "condition" for keyword in node.keywords):
                yield source.finding(
                    "conditional-constraint",
                    "MariaDB drops it silently: use a nullable key column with a plain unique"
                    " constraint.",
                    line=node.lineno,
                )


def _model_methods(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    if not source.is_product or "models" not in source.path.removesuffix(".py").split("/"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield member


def _name(function: ast.expr) -> str:
    """The last part of what is called: UniqueConstraint in models.UniqueConstraint(...)."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
