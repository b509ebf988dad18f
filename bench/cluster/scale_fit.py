"""Straight lines through measured costs: what one more of something costs, and how sure that is.

    fit = Fit.through([(1_000, 2.1), (10_000, 3.0)])
    fit.slope, fit.base, fit.error
"""
import dataclasses

import numpy


@dataclasses.dataclass(frozen=True)
class Fit:
    """cost = base + slope * size, by least squares; every repetition is a point of its own."""
    base: float
    slope: float
    error: float  # the slope's standard error
    r2: float

    @classmethod
    def through(cls, points):
        sizes, costs = (numpy.array(values, dtype=float) for values in zip(*points, strict=True))
        design = numpy.stack([numpy.ones_like(sizes), sizes], axis=1)
        (base, slope), *_ = numpy.linalg.lstsq(design, costs, rcond=None)
        left = costs - design @ numpy.array([base, slope])
        spread = ((sizes - sizes.mean()) ** 2).sum()
        error = (left @ left / max(1, len(points) - 2) / spread) ** 0.5
        total = ((costs - costs.mean()) ** 2).sum()
        return cls(float(base), float(slope), float(error), 1 - float(left @ left) / float(total) if total else 1.0)
