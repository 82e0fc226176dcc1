"""Prints the speed of the whole program against its bounds: user CPU of the process, one core.

Usage: python3 benches/speed.py [--runs N] [--full]     (make bench runs it after the benches)

Builds the release binary, writes its inputs under target/speed/ (seeded, so always the same) and
runs each row several times; the figure is the median of the user CPU time that the operating
system accounts to the finished process. Machines differ and are shared: compare rows of one call.
--full adds the rows with ten million jobs.
"""

import argparse
import os
import pathlib
import random
import resource
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "speed"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = TARGET / "release" / "batchcast"
CATALOG = ROOT / "src" / "ec2" / "catalog" / "us-east-1.csv"
MONTHS = ("2026-04", "2026-05", "2026-06")

IDEAL = """name: speed
profile: ideal
catalog:
  instanceTypes:
    - {{instanceType: cluster.all, vcpus: 1024, memoryMib: 4000000, onDemandUsdPerHour: "1.00"}}
computeEnvironments:
  - computeEnvironmentName: c
    type: MANAGED
    computeResources: {{type: EC2, allocationStrategy: BEST_FIT, minvCpus: 1024, maxvCpus: 1024,
      instanceTypes: [cluster.all]}}
jobQueues:
  - {{jobQueueName: q, priority: 1, computeEnvironmentOrder: [{{order: 1, computeEnvironment: c}}]}}
workload:
  - {{trace: {{file: {trace}, format: csv, jobQueue: q, memoryMibPerVcpu: 4}}}}
"""

AWS = """name: speed
profile: aws
computeEnvironments:
  - computeEnvironmentName: CE1
    type: MANAGED
    computeResources: {{type: EC2, allocationStrategy: BEST_FIT_PROGRESSIVE, minvCpus: 0,
      maxvCpus: 100, instanceTypes: [optimal]}}
  - computeEnvironmentName: CE2
    type: MANAGED
    computeResources: {{type: SPOT, allocationStrategy: SPOT_CAPACITY_OPTIMIZED, minvCpus: 0,
      maxvCpus: 2000, instanceTypes: [optimal]}}
jobQueues:
  - jobQueueName: q
    priority: 1
    computeEnvironmentOrder:
      - {{order: 1, computeEnvironment: CE1}}
      - {{order: 2, computeEnvironment: CE2}}
jobDefinitions:
  - jobDefinitionName: d
    type: container
    containerProperties: {{image: x, resourceRequirements: [{{type: VCPU, value: "1"}},
      {{type: MEMORY, value: "1024"}}]}}
    retryStrategy: {{attempts: 10}}
spotMarket: {{model: poolOnOff, preset: normal, reclaimPerInstanceHour: 0.02}}
workload:
  - {{trace: {{file: {trace}, format: csv, jobQueue: q, jobDefinition: d}}}}
"""


PAIR = """  - {{at: {at}s, submit: {{jobName: a{n}, jobQueue: q, jobDefinition: d,
      arrayProperties: {{size: 10000}}}}}}
  - {{at: {at}s, submit: {{jobName: b{n}, jobQueue: q, jobDefinition: d,
      arrayProperties: {{size: 10000}}, dependsOn: [{{jobId: a{n}, type: N_TO_N}}]}}}}
"""


def arrays(pairs):
    """Arrays of 10,000 children, every other waiting child by child for the one before it."""
    text = AWS.format(trace="")
    text = text[: text.index("workload:")] + "jobModels: {d: {runtime: {distribution: exponential, "
    text += "mean: 10m}}}\nworkload:\n"
    # 20,000 jobs of one vCPU for 600 s each fill nine tenths of 2,000 vCPUs for so long.
    text += "".join(PAIR.format(n=n, at=6_700 * n) for n in range(pairs))
    path = WORK / f"arrays{pairs}.yaml"
    path.write_text(text)
    return path


def trace(name, jobs, vcpus, burst=False, shapes=4):
    """Poisson arrivals at load 0.9, exponential run times of mean 600 s, 1 to `shapes` vCPUs."""
    path = WORK / f"{name}.csv"
    if path.exists():
        return path
    rng = random.Random(1)
    mean_vcpus = (1 + shapes) / 2
    gap = mean_vcpus * 600 / (0.9 * vcpus)
    time = 0.0
    with open(path, "w") as out:
        out.write("job_id,submit_time,run_time,vcpus\n")
        for job in range(1, jobs + 1):
            if not burst:
                time += rng.expovariate(1 / gap)
            run = rng.expovariate(1 / 600)
            out.write(f"{job},{time:.3f},{run:.3f},{rng.randint(1, shapes)}\n")
    return path


def scenario(template, name, **where):
    path = WORK / f"{name}.yaml"
    path.write_text(template.format(trace=trace(name, **where).name))
    return path


def with_prices(path, points=123_264):
    """The scenario of `path` under Spot prices that change, as many points as three months have."""
    rows = [line for line in CATALOG.read_text().splitlines() if not line.startswith("#")]
    header = rows[0].split(",")
    types = [dict(zip(header, row.split(","))) for row in rows[1:]]
    families = ("m5.", "c5.", "r5.", "m6i.", "c6i.", "r6i.", "m7i.", "c7i.", "r7i.")
    named = [t["instance_type"] for t in types if t["instance_type"].startswith(families)]
    pools = [(name, zone) for name in named for zone in "abcdf"]
    rng = random.Random(2)
    with open(WORK / "prices.csv", "w") as out:
        out.write("instance_type,availability_zone,timestamp,spot_usd_hour\n")
        for point in range(points):
            name, zone = pools[point % len(pools)]
            day, second = divmod(rng.randrange(90 * 86_400), 86_400)
            time = f"{MONTHS[day // 30]}-{day % 30 + 1:02}T{second // 3_600:02}:"
            time += f"{second // 60 % 60:02}:{second % 60:02}Z"
            out.write(f"{name},us-east-1{zone},{time},{rng.uniform(0.02, 0.2):.4f}\n")
    text = path.read_text().replace("0.02}", "0.02,\n  prices: {model: history, file: prices.csv}}")
    priced = path.with_name(path.stem + "-prices.yaml")
    priced.write_text("start: 2026-04-01T00:00:00Z\n" + text)
    return priced


def measure(path, records, runs):
    """Median user CPU seconds and peak MiB of the whole process."""
    seconds, peak = [], 0
    for _ in range(runs):
        out = WORK / "out"
        shutil.rmtree(out, ignore_errors=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        command = [BINARY, "run", path, "--records", records, "--out", out, "--jobs", "1", "-q"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{path}: exit {child.returncode}")
        seconds.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
        peak = max(peak, usage.ru_maxrss / 1024)
    return statistics.median(seconds), peak


def row(what, value, bound, unit, peak):
    verdict = "" if bound is None else ("ok" if value <= bound else "OVER")
    limit = "" if bound is None else f"<= {bound}"
    print(f"{what:58} {value:8.3f} {unit:8} {limit:8} {verdict:5} {peak:7.1f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cargo", "build", "--release", "-q"], cwd=ROOT, check=True)
    ideal = {
        n: scenario(IDEAL, f"ideal{n}", jobs=10**n, vcpus=1024)
        for n in ([5, 6, 7] if options.full else [5, 6])
    }
    seconds = {}
    for n, path in ideal.items():
        seconds[n], peak = measure(path, "none", options.runs if n < 7 else 1)
        bound = 0.4 if n == 6 else None
        row(f"ideal, 1e{n} jobs, no records", seconds[n] * 1e6 / 10**n, bound, "us/job", peak)
    if options.full:
        growth = (seconds[7] - seconds[6]) / (seconds[6] - seconds[5])
        row("growth (T(1e7) - T(1e6)) / (T(1e6) - T(1e5))", growth, 13, "", 0)
    time, peak = measure(ideal[6], "jobs", options.runs)
    row("ideal, 1e6 jobs, jobs.csv", time, 1.0, "us/job", peak)
    aws = scenario(AWS, "aws6", jobs=10**6, vcpus=1800)
    time, peak = measure(aws, "all", options.runs)
    row("aws, two environments, Spot, 1e6 jobs, all records", time, 2.0, "us/job", peak)
    priced, peak = measure(with_prices(aws), "all", options.runs)
    row("the same with a Spot price history, against constant ones", priced / time, 1.3, "", peak)
    pairs = 500 if options.full else 5
    time, peak = measure(arrays(pairs), "none", 1 if options.full else options.runs)
    what = f"aws, {2 * pairs} arrays of 10,000 children, N_TO_N between pairs"
    row(what, time * 1e6 / (20_000 * pairs), 2.6, "us/job", peak)
    for shapes in (10, 1000):
        vcpus = {"shapes": shapes, "vcpus": 1024, "burst": True}
        times = {}
        for n in (3, 6):
            path = scenario(IDEAL, f"burst{n}-{shapes}", jobs=10**n, **vcpus)
            times[n], peak = measure(path, "none", options.runs)
            row(f"ideal, burst of 1e{n} jobs, {shapes} shapes", times[n] * 1e6 / 10**n, None,
                "us/job", peak)


main()
