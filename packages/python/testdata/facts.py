"""Prints, for each file named on stdin, how often each kind of node is in its tree: what TestTreesAreCPythons compares with."""
import ast
import collections
import json
import sys
import warnings

warnings.simplefilter("ignore")

for line in sys.stdin:
    path = line.rstrip("\n")
    with open(path, encoding="utf-8") as f:
        tree = ast.parse(f.read())
    facts = collections.Counter()
    for node in ast.walk(tree):
        if isinstance(node, (ast.arg, ast.AnnAssign)):
            node.annotation = None
        if isinstance(node, ast.FunctionDef):
            node.returns = None
    for node in ast.walk(tree):
        name = type(node).__name__
        if isinstance(node, ast.Constant):
            if isinstance(node.value, (str, bytes)):
                facts["text"] += len(node.value)
            elif isinstance(node.value, int) and not isinstance(node.value, bool):
                facts["numbers"] += node.value % 1000003
        elif isinstance(node, ast.comprehension):
            facts["conditions"] += len(node.ifs)
        elif isinstance(node, ast.Compare):
            facts["comparisons"] += len(node.ops)
        elif isinstance(node, ast.BoolOp):
            facts["operands"] += len(node.values)
        facts[name] += 1
    print(json.dumps(facts))
