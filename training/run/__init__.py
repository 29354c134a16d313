"""How a training run goes: by the clock or by steps, its batch size, its measurements and its export."""
