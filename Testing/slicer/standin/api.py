"""The names that Slicer's own widgets have, from an extract of its sources; stand-ins may have no others."""

import json
from pathlib import Path

import qt

_CLASSES = json.loads((Path(__file__).parent.parent / "slicer_qt_api.json").read_text(encoding="utf-8"))


def names(class_name):
    """Public names of a class of Slicer or CTK, its base classes included."""
    found = set()
    while class_name in _CLASSES:
        entry = _CLASSES[class_name]
        for item in entry["properties"]:
            name = item.split(" ")[0]
            found |= {name, "set" + name[:1].upper() + name[1:]}
        for item in (*entry["signals"], *entry["slots"], *entry["invokable"]):
            found.add(item.split("(")[0])
        class_name = entry["base"]
    return found | set(dir(getattr(qt, class_name, object)))


def checked(cls):
    """Class decorator: refuse a stand-in with a public name which the real class does not have."""
    if cls.__name__ not in _CLASSES:
        raise NameError(f"{cls.__name__} is not a class of Slicer or CTK")
    allowed = names(cls.__name__)
    for base in cls.__mro__[1:]:
        allowed |= set(dir(base))
    unknown = [name for name in vars(cls) if not name.startswith("_") and name not in allowed]
    if unknown:
        raise NameError(f"{cls.__name__} has no {', '.join(unknown)} in Slicer")

    inherited = cls.__setattr__

    def refuse_new_names(self, name, value):
        if not name.startswith("_") and name not in allowed:
            raise AttributeError(f"{cls.__name__} has no {name} in Slicer")
        inherited(self, name, value)

    cls.__setattr__ = refuse_new_names
    return cls
