"""Whether a run writes of its jobs what AWS would: jobs.describe.ndjson and events.ndjson.

AWS's own model of DescribeJobs is the judge of every job, and of the job in every event. What is ours
stands under x-sim alone. Arguments: the program, and a scenario.
"""

import collections, datetime, json, pathlib, re, subprocess, sys, tempfile
import botocore.parsers, botocore.session

SHAPE = botocore.session.get_session().get_service_model("batch").operation_model(
    "DescribeJobs"
).output_shape
JOB = SHAPE.members["jobs"].member
STATES = "SUBMITTED PENDING RUNNABLE STARTING RUNNING SUCCEEDED FAILED".split()
FINAL = {"SUCCEEDED", "FAILED"}
NEXT = {
    "SUBMITTED": {"PENDING", "RUNNABLE", "FAILED"},
    "PENDING": {"RUNNABLE", "FAILED"},
    "RUNNABLE": {"STARTING", "FAILED"},
    "STARTING": {"RUNNING", "RUNNABLE", "FAILED"},
    "RUNNING": {"SUCCEEDED", "RUNNABLE", "FAILED"},
}
# A node that has ended by itself is made again with its job.
NEXT_OF_NODE = NEXT | {"FAILED": {"RUNNABLE"}}
NEXT_OF_ARRAY = {"SUBMITTED": {"PENDING", "FAILED"}, "PENDING": {"SUCCEEDED", "FAILED"}}
TYPES = {"string": str, "integer": int, "long": int, "boolean": bool, "double": float}
JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}([:#]\d+)?")


def faults(value, shape, place):
    """What AWS's shape does not say, or says otherwise."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return [f"{place}: {value!r} is no structure"]
        unknown = value.keys() - shape.members.keys()
        missing = set(shape.required_members) - value.keys()
        found = [f"{place}: unknown {sorted(unknown)}"] if unknown else []
        found += [f"{place}: missing {sorted(missing)}"] if missing else []
        for key in value.keys() & shape.members.keys():
            found += faults(value[key], shape.members[key], f"{place}.{key}")
        return found
    if shape.type_name == "list":
        if not isinstance(value, list):
            return [f"{place}: {value!r} is no list"]
        return [f for i, v in enumerate(value) for f in faults(v, shape.member, f"{place}[{i}]")]
    if shape.type_name == "map":
        if not isinstance(value, dict):
            return [f"{place}: {value!r} is no map"]
        return [f for k, v in value.items() for f in faults(v, shape.value, f"{place}.{k}")]
    if type(value) is not TYPES[shape.type_name]:
        return [f"{place}: {value!r} is no {shape.type_name}"]
    if getattr(shape, "enum", None) and value not in shape.enum:
        return [f"{place}: {value!r} is not one of {shape.enum}"]
    return []


def check_shapes(jobs):
    """Every job is all that AWS's model knows, and comes back whole from its own parser."""
    found = [f for i, job in enumerate(jobs) for f in faults(job, JOB, f"job {i}")]
    assert not found, "\n".join(found[:20])
    response = {"body": json.dumps({"jobs": jobs}).encode(), "headers": {}, "status_code": 200}
    parsed = botocore.parsers.create_parser("rest-json").parse(response, SHAPE)
    assert parsed["jobs"] == jobs, "botocore drops or changes something"


def check_job(job):
    attempts, key = job["attempts"] + job["eksAttempts"], job["jobName"]
    assert not (job["attempts"] and job["eksAttempts"]), f"a job is a task or a pod: {job}"
    assert JOB_ID.fullmatch(job["jobId"]) and job["jobArn"].endswith(f":job/{job['jobId']}"), key
    assert ("stoppedAt" in job) == (job["status"] in FINAL), job
    assert job["createdAt"] <= job.get("stoppedAt", job["createdAt"]), job
    ran = [attempt["startedAt"] for attempt in attempts if "startedAt" in attempt]
    if job["status"] in FINAL:
        assert job["startedAt"] == (ran[-1] if ran else 0), f"the last attempt's: {job}"
    for attempt in attempts:
        assert job["createdAt"] <= attempt.get("startedAt", 0) <= attempt["stoppedAt"] or (
            "startedAt" not in attempt
        ), job
    assert len(attempts) <= job["retryStrategy"]["attempts"], job


def check_nodes(job, nodes):
    """The nodes of a job, and what they say of it."""
    number = job["nodeProperties"]["numNodes"]
    assert [node["nodeDetails"]["nodeIndex"] for node in nodes] == list(range(number)), job
    [main] = [node for node in nodes if node["nodeDetails"]["isMainNode"]]
    assert main["nodeDetails"]["nodeIndex"] == job["nodeProperties"]["mainNode"], job
    for key in ["status", "statusReason", "startedAt", "stoppedAt"]:
        assert main.get(key) == job.get(key), (key, job, main)
    for key in ["attempts", "eksAttempts", "platformCapabilities"]:
        assert main[key] == job[key], (key, job, main)
    for node in nodes:
        runs = node.keys() & {"container", "ecsProperties", "eksProperties"}
        assert len(runs) == 1 and "," not in node.get("container", {}).get("image", ""), node
        assert node["jobId"] == f"{job['jobId']}#{node['nodeDetails']['nodeIndex']}", node
        assert job["status"] not in FINAL or node["status"] in FINAL, node


def check_summary(parent, children):
    summary = parent["arrayProperties"]["statusSummary"]
    size = parent["arrayProperties"]["size"]
    assert sorted(summary) == sorted(STATES) and sum(summary.values()) == size, parent
    if parent["status"] in FINAL:
        assert len(children) == size, parent
    counts = collections.Counter(child["status"] for child in children)
    counts[parent["status"]] += size - len(children)
    assert {k: n for k, n in summary.items() if n} == dict(counts), (parent, counts)
    failed = summary["FAILED"] > 0
    if parent["status"] in FINAL:
        assert (parent["status"] == "FAILED") == failed, parent
        assert parent.get("statusReason") == ("Array Child Job failed" if failed else None), parent


def check_path(job, path):
    """The events of one job, in the order of the file."""
    parent, node = "size" in job.get("arrayProperties", {}), "nodeDetails" in job
    first = "RUNNABLE" if node else "PENDING" if ":" in job["jobId"] else "SUBMITTED"
    states = [event["detail"]["status"] for event in path]
    assert states[0] == first, (job["jobId"], states)
    for one, other in zip(states, states[1:]):
        legal = (NEXT_OF_ARRAY if parent else NEXT_OF_NODE if node else NEXT).get(one, set())
        assert other in legal, (job["jobId"], states)
    times = [event["time"] for event in path]
    assert times == sorted(times), (job["jobId"], times)
    assert states[-1] == job["status"], (job, states)
    if job["status"] in FINAL:
        assert path[-1]["detail"] == job, f"the last event is not the job:\n{path[-1]}\n{job}"
    created = datetime.datetime.fromisoformat(times[0].replace("Z", "+00:00"))
    assert round(created.timestamp() * 1000) == job["createdAt"], (job, times[0])


def check_event(event):
    expected = {"version": "0", "detail-type": "Batch Job State Change", "source": "aws.batch"}
    assert expected.items() <= event.items(), event
    assert set(event) == expected.keys() | set("id account time region resources detail".split())
    assert event["resources"] == [event["detail"]["jobArn"]], event
    _, _, service, region, account, resource = event["detail"]["jobArn"].split(":", 5)
    assert (service, region, account) == ("batch", event["region"], event["account"]), event


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(program, scenario):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        run = [program, "run", scenario, "--aws", "jobs,events", "--out", str(out), "--quiet"]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
        jobs, events = lines(out / "jobs.describe.ndjson"), lines(out / "events.ndjson")
        rows = (out / "jobs.csv").read_text(encoding="utf-8").count("\n") - 1
    ours = [job.pop("x-sim") for job in jobs]
    check_shapes(jobs)
    check_shapes([event["detail"] for event in events])
    by_id, children, paths = {}, collections.defaultdict(list), collections.defaultdict(list)
    for job in jobs:
        check_job(job)
        assert by_id.setdefault(job["jobId"], job) is job, "a job has one line"
        children[re.split("[:#]", job["jobId"])[0]].append(job)
    for event in events:
        check_event(event)
        paths[event["detail"]["jobId"]].append(event)
    assert len({event["id"] for event in events}) == len(events), "an event has an id of its own"
    assert by_id.keys() == paths.keys(), "a job has a line and events, or neither"
    for key, job in by_id.items():
        check_path(job, paths[key])
    parents = [job for job in jobs if "size" in job.get("arrayProperties", {})]
    for parent in parents:
        check_summary(parent, [job for job in children[parent["jobId"]] if job is not parent])
    several = [job for job in jobs if "nodeProperties" in job]
    for job in several:
        nodes = [node for node in children[job["jobId"]] if node is not job]
        check_nodes(job, nodes) if nodes else None
    for event in events:
        summary = event["detail"].get("arrayProperties", {}).get("statusSummary")
        size = event["detail"].get("arrayProperties", {}).get("size", 0)
        assert summary is None or sum(summary.values()) == size, event
    for job in jobs:
        for dependency in job["dependsOn"]:
            assert dependency.get("jobId", job["jobId"]) in by_id, job
    for ours in ours:
        assert ("costUsd" in ours) != ("#" in ours["jobId"]), f"a node costs with its job: {ours}"
        if "queueLatencyMs" in ours:
            assert sum(ours["waitBreakdown"].values()) == ours["queueLatencyMs"], ours
    check_coverage(jobs, parents, rows)


def check_coverage(jobs, parents, rows):
    """The scenario shows what it is for; a check of nothing would pass."""
    seen = {job["status"] for job in jobs}
    assert seen >= {"PENDING", "RUNNABLE", "SUCCEEDED", "FAILED"}, f"only {seen}"
    reasons = {job.get("statusReason", "") for job in jobs}
    reasons |= {a.get("statusReason", "") for job in jobs for a in job["attempts"]}
    for wanted in [
        "Essential container in task exited",
        "Host EC2",
        "Job attempt duration exceeded timeout",
        "Dependent Job failed",
        "Array Child Job failed",
        "Canceled by JobStateTimeLimit action",
        "too dear",
    ]:
        assert any(reason.startswith(wanted) for reason in reasons), f"no {wanted}: {reasons}"
    for wanted in ["isCancelled", "isTerminated", "shareIdentifier", "ecsProperties", "eksProperties",
                   "nodeDetails", "nodeProperties", "consumableResourceProperties"]:
        assert any(wanted in job for job in jobs), f"no {wanted}"
    assert any(attempt["taskProperties"] for job in jobs for attempt in job["attempts"])
    assert any(job["eksAttempts"] and job["eksAttempts"][0]["containers"] for job in jobs)
    assert any("nodeDetails" in job and len(job["attempts"]) > 1 for job in jobs), "nodes made again"
    assert any(len(job["attempts"]) > 2 for job in jobs) and any(job["tags"] for job in jobs)
    nodes = [job for job in jobs if "nodeDetails" in job]
    assert len(jobs) - len(parents) - len(nodes) < rows, "children that were never spawned are no jobs"
    print(f"{len(jobs)} jobs")


main(*sys.argv[1:])
