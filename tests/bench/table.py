# SPDX-License-Identifier: MIT
"""Prints results as text."""
from goals import CPP_BOUND, GOALS, bound_in_words, cpp_ratios, judge
from workloads import OURS, OURS_CPP, WORKLOADS, in_words


def ratio(value, base):
    return f"{value / base:.2f}x" if base else "-"


def print_workload(results, name):
    """One line for each way of each library, the best first."""
    workload = WORKLOADS[name]
    peer, limit = results.best_peer(name), results.limit(name)
    peer, limit = (base and results.value(base) for base in (peer, limit))
    print(f"\n{name}: {workload.title}"
          + "".join(f"; goal {bound_in_words(goal)}{' of CPU' if goal.cpu else ''}"
                    for goal in GOALS if goal.workload == name))
    print(f"  {'library':32} {'median':>9} {'min - max':>20} {'CPU':>9} {'/ peer':>8}"
          f" {'/ limit':>8} {'runs':>4}")
    for case in sorted(results.cases(name), key=results.value, reverse=workload.more):
        value = results.value(case)
        low, high = (in_words(end, workload.unit) for end in results.span(case))
        cpu = results.cpu(case)
        print(f"  {case.library + ' ' + case.variant:32} {in_words(value, workload.unit):>9}"
              f" {low + ' - ' + high:>20} {in_words(cpu, 'ns') if cpu else '-':>9}"
              f" {ratio(value, peer):>8} {ratio(value, limit):>8} {results.runs(case):>4}")


def print_grid(results, rows, heads, cell):
    """rows: (title, key); cell(key, library) is a text."""
    print("  " + " " * heads + "".join(f"{library:>12}" for library in results.libraries()))
    for title, key in rows:
        print(f"  {title:{heads}}"
              + "".join(f"{cell(key, library):>12}" for library in results.libraries()))


def print_matrix(results):
    """The best way of each library for each workload."""
    names = [name for name in WORKLOADS if results.cases(name)]
    print("\nMedians of the best way of each library")

    def cell(name, library):
        case = results.best_of(library, name)
        return in_words(results.value(case), WORKLOADS[name].unit) if case else ""

    print_grid(results, [(name, name) for name in names], 18, cell)


def print_sweep(results, sweep):
    by_size = sweep.sizes != (None,)
    points = [(count or results.workers, n) for count in sweep.workers for n in sweep.sizes]
    points = [point for point in points if results.cases(sweep.workload, *point)]
    if not points:
        return
    print(f"\n{sweep.workload} by {'size' if by_size else 'number of workers'}")

    def cell(point, library):
        case = results.best_of(library, sweep.workload, *point)
        return in_words(results.value(case), WORKLOADS[sweep.workload].unit) if case else ""

    rows = [(f"{point[1]:,}" if by_size else str(point[0]), point) for point in points]
    print_grid(results, rows, 12, cell)


def print_cpp(results):
    """Returns how many goals that is, and how many of them are met."""
    ratios = cpp_ratios(results)
    if not ratios:
        return 0, 0
    print(f"\nThe C++ layer by the C ABI; goal <= {CPP_BOUND}x in each row")
    for case, cost in ratios:
        size = "" if case.n is None else f", n = {case.n:,}"
        if (case.workers, case.n) == (results.workers_of(case.workload), None) or cost > CPP_BOUND:
            print(f"  {case.workload + ' ' + case.variant:36} {cost:6.2f}x"
                  f"  {case.workers} workers{size}")
    return 1, int(ratios[0][1] <= CPP_BOUND)


def print_goals(results):
    cpp_goals, cpp_met = print_cpp(results)
    verdicts = [verdict for goal in GOALS if (verdict := judge(results, goal))]
    if not verdicts and not cpp_goals:
        return
    print(f"\nGoals, by the best way of {OURS}\n  {'workload':18} {'way':18} {'measured':>10}"
          f"  {'goal':26} {'/ peer':>8}")
    for goal, ours, base, figure, met in verdicts:
        workload, measure = WORKLOADS[goal.workload], results.cpu if goal.cpu else results.value
        peer = results.best_peer(goal.workload, results.cpu if goal.cpu else None)
        measured = f"{figure:.3g}x" if base else in_words(figure, workload.unit)
        name = (goal.workload + (" CPU" if goal.cpu else "")
                + (f" x{goal.workers}" if goal.workers else ""))
        print(f"  {name:18} {ours.variant:18} {measured:>10}  {bound_in_words(goal):26}"
              f" {ratio(measure(ours), peer and measure(peer)):>8}"
              f"  {'met' if met else 'MISSED'}{'; ' + goal.note if goal.note else ''}")
    if cpp_goals:
        print(f"  {OURS_CPP} in each row: {'met' if cpp_met else 'MISSED'}")
    met = sum(verdict.met for verdict in verdicts) + cpp_met
    print(f"\n{met} of {len(verdicts) + cpp_goals} goals met")
