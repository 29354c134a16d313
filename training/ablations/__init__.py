"""Each of the method's ideas against the alternative, at equal computation and on the same cases.

`python -m training.ablations --cache CACHE` trains and compares them; `variants` lists what is compared.
"""
