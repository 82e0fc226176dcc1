"""Writes log.swf.gz: four weeks of an HPC cluster's log, made up with the statistics of a real one.

The statistics are those of the KTH-SP2 log of the Parallel Workloads Archive (28,489 jobs on 100
processors in 340 days; acknowledgement: L. Malinowsky and the archive): the frequencies of job
sizes, the quantiles of run times, and the arrivals by hour of the day and day of the week. No job
of the log itself is in it. Run it again and the same bytes come out.
"""

import gzip
import math
import pathlib
import random

DAYS = 28
JOBS_PER_DAY = 28_489 / 339.9
SIZES = [
    (1, 0.329), (2, 0.134), (3, 0.048), (4, 0.104), (5, 0.039), (6, 0.024), (7, 0.011),
    (8, 0.094), (9, 0.031), (10, 0.021), (12, 0.011), (15, 0.010), (16, 0.048), (32, 0.053),
    (64, 0.043),
]
RUN_TIME_QUANTILES = [
    (0.00, 1), (0.05, 10), (0.10, 14), (0.25, 35), (0.50, 848), (0.75, 9_820),
    (0.90, 28_696), (0.95, 47_844), (0.99, 77_454), (1.00, 216_000),
]
# Relative arrival rate by hour of the day (midnight UTC first) and by day from Monday.
HOURS = [
    0.08, 0.19, 0.55, 1.31, 1.77, 1.83, 1.70, 1.82, 2.11, 2.08, 2.15, 1.90,
    1.64, 0.82, 0.75, 0.62, 0.57, 0.59, 0.43, 0.38, 0.33, 0.21, 0.11, 0.06,
]
WEEKDAYS = [1.16, 1.29, 1.28, 1.24, 0.74, 0.49, 0.80]


def run_time(rng):
    """Inverse of the empirical distribution, linear in the logarithm between quantiles."""
    u = rng.random()
    for (p0, t0), (p1, t1) in zip(RUN_TIME_QUANTILES, RUN_TIME_QUANTILES[1:]):
        if u <= p1:
            share = (u - p0) / (p1 - p0)
            return round(math.exp(math.log(t0) + share * (math.log(t1) - math.log(t0))))
    return RUN_TIME_QUANTILES[-1][1]


def main():
    rng = random.Random(1996)
    lines = [
        "; Version: 2.2",
        "; Computer: made up with the statistics of KTH-SP2-1996-2.1-cln, see generate.py",
        "; MaxProcs: 100",
        "; UnixStartTime: 0",
    ]
    peak = JOBS_PER_DAY / 24 * max(HOURS) * max(WEEKDAYS)
    time, number = 0.0, 0
    while True:
        time += rng.expovariate(peak / 3_600)
        if time >= DAYS * 86_400:
            break
        hour, day = int(time // 3_600) % 24, int(time // 86_400) % 7
        if rng.random() * max(HOURS) * max(WEEKDAYS) > HOURS[hour] * WEEKDAYS[day]:
            continue
        number += 1
        size = rng.choices([s for s, _ in SIZES], [w for _, w in SIZES])[0]
        run = run_time(rng)
        lines.append(
            f"{number} {int(time)} -1 {run} {size} -1 -1 {size} -1 -1 1 1 1 1 1 -1 -1 -1"
        )
    target = pathlib.Path(__file__).with_name("log.swf.gz")
    text = "\n".join(lines) + "\n"
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{target.name}: {number} jobs")


main()
