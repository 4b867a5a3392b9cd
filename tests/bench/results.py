# SPDX-License-Identifier: MIT
"""What was measured, and the questions that tables, goals and charts ask of it."""
import collections
import csv
import statistics

from workloads import HELPS, LIMIT, OURS, OURS_CPP, WORKLOADS

# n is None for the workload's own size.
Case = collections.namedtuple("Case", "workload library variant workers n")


class Results:
    def __init__(self, workers):
        self.workers = workers
        self.samples = collections.defaultdict(list)  # Case -> (value, cpu) of each run

    def add(self, case, sample):
        self.samples[case].append(sample)

    def runs(self, case):
        return len(self.samples[case])

    def value(self, case):
        return statistics.median(value for value, _ in self.samples[case])

    def cpu(self, case):
        return statistics.median(cpu for _, cpu in self.samples[case])

    def span(self, case):
        values = [value for value, _ in self.samples[case]]
        return min(values), max(values)

    def workers_of(self, workload):
        return WORKLOADS[workload].workers or self.workers

    def cases(self, workload, workers=None, n=None):
        workers = workers or self.workers_of(workload)
        return [case for case in self.samples
                if (case.workload, case.workers, case.n) == (workload, workers, n)]

    def best(self, cases, measure=None):
        """The case with the best value, or the least CPU time; None when there is no case."""
        cases = list(cases)
        if not cases:
            return None
        more = WORKLOADS[cases[0].workload].more and measure is None
        return (max if more else min)(cases, key=measure or self.value)

    def best_peer(self, workload, measure=None):
        return self.best((case for case in self.cases(workload)
                          if case.library not in (OURS, OURS_CPP, LIMIT)), measure)

    def best_of(self, library, workload, workers=None, n=None, measure=None):
        return self.best((case for case in self.cases(workload, workers, n)
                          if case.library == library), measure)

    def limit(self, workload):
        """The limit has no ways that differ in who takes part."""
        return (self.best_of(LIMIT, workload)
                or self.best_of(LIMIT, workload.removesuffix(HELPS)))

    def libraries(self):
        """Ours first, the limit last."""
        order = {OURS: 0, OURS_CPP: 1, LIMIT: 3}
        return sorted({case.library for case in self.samples},
                      key=lambda library: (order.get(library, 2), library))

    def write_csv(self, path):
        with open(path, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*Case._fields, "run", "value", "unit", "cpu_ns"])
            for case in sorted(self.samples, key=str):
                unit = WORKLOADS[case.workload].unit
                for number, (value, cpu) in enumerate(self.samples[case], 1):
                    writer.writerow([*case, number, value, unit, cpu])
