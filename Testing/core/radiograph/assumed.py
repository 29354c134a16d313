"""What was assumed, by name."""


def assumed(assumptions):
    """The assumed values by their names."""
    return {item.name: item.value for item in assumptions}
