"""family:number -> Case. A family is a module with GENERATORS; its numbers mean the same models whatever other families there are."""
import importlib

from case import Case

FAMILIES = ("elementwise", "movement", "reductions", "products", "graphs", "recurrent", "attention", "vision", "signals", "strings", "control", "small_types",
            "quantized_graphs", "trees", "classical", "microsoft_attention", "microsoft_norms", "microsoft_products", "microsoft_qlinear")


def generate(seed):
    family, number = seed.split(":")
    case = Case(family, int(number))
    case.pick(importlib.import_module(family).GENERATORS)(case)
    return case
