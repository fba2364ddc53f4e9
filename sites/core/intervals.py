"""How far a share seen in a sample may be from the truth."""

import math

Z = 1.959964  # 95 %, two-sided


def wilson(hits: int, n: int, z: float = Z) -> tuple[float, float]:
    """The 95 % interval of a share of `hits` in `n` (Wilson, 1927); nothing seen says nothing: 0 to 1."""
    if not n:
        return 0.0, 1.0
    share, spread = hits / n, z * z / n
    middle = share + spread / 2
    reach = z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, (middle - reach) / (1 + spread)), min(1.0, (middle + reach) / (1 + spread))
