"""Run every benchmark, or the ones named: ``python -m benchmarks [startup leastsquares ...]``."""

from __future__ import annotations

import importlib
import os
import sys

NAMES = ("startup", "leastsquares", "mlp", "derivatives", "derivations")

# Before NumPy, JAX and PyTorch start their threads: everybody works on one core.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def main() -> None:
    from benchmarks.timing import show, use_one_core

    use_one_core()
    chosen = sys.argv[1:] or NAMES
    unknown = sorted(set(chosen) - set(NAMES))
    if unknown:
        sys.exit(f"There is no benchmark named {', '.join(unknown)}; there are {', '.join(NAMES)}.")
    print("Ratios of medians, float64, one core; ours over the peer unless a line says otherwise.")
    for name in chosen:
        print(f"\n{name}", flush=True)
        show(importlib.import_module(f"benchmarks.{name}").table())


if __name__ == "__main__":
    main()
