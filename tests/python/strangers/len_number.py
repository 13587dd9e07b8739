"""The length of a list is the number of the next job, which is given to the caller."""

SELECTORS = ["JOBS[5]", "JOBS"]
JOBS, DONE = [], {}


def submit(text):
    JOBS.append(text)
    return f"job-{len(JOBS)}"


def run(text):
    name = submit(text)
    DONE[name] = text[:4]
    return name


for number in range(20):
    run(f"v{number} " * 100)


def next_step():
    return run("new"), DONE["job-1"], len(DONE)
