"""Compiled code is kept under a stamp of every file of kernels."""

from amparo.estimation import compiling, hamiltonian


def test_every_file_of_kernels_is_in_the_stamp():
    names = {name for name, _, _ in compiling.STAMP}
    assert {"compiling.py", "gibbs.py", "hamiltonian.py", "likelihood.py", "posterior.py"} <= names
    assert "pooling.py" not in names
    assert hamiltonian.step._cache._cache_file._source_stamp == compiling.STAMP
