# SPDX-License-Identifier: MIT
"""Shows in gdb what tp_pool_t * and tp_result_t * point to. gdb loads this file beside the installed
library if its auto-load safe-path allows that; else `source` it. The library must have debug
information: a build type Debug or RelWithDebInfo, or a package of debug symbols."""
import gdb

STATUSES = {0: "TP_OK", 1: "TP_END", -1: "TP_EINVAL", -2: "TP_ENOMEM"}


def atom(value):
    """The value in a std::atomic or a std::unique_ptr: the innermost of its first fields."""
    while value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
        value = value[next(filter(is_there, value.type.strip_typedefs().fields()))]
    return value


def is_there(field):
    """Whether a field is neither static nor an empty class."""
    kind = field.type.strip_typedefs()
    if not hasattr(field, "bitpos"):
        return False
    return kind.code != gdb.TYPE_CODE_STRUCT or any(map(is_there, kind.fields()))


def number(value):
    return int(atom(value))


def text(value, encoding="utf-8"):
    return value.string(encoding, errors="replace")


def status_name(status):
    """TP_ETASK and so on, from the enumeration in the library's header."""
    try:
        for field in gdb.lookup_type("enum tp_status").fields():
            if field.enumval == status:
                return field.name
    except gdb.error:
        pass
    return STATUSES.get(status, f"status {status}")


def producers(pool):
    producer = atom(pool["finder_"]["producers_"])
    while int(producer):
        yield producer
        producer = producer["next"]


def all_counters(pool):
    """The counters of the workers, of all other threads together, and of the producers."""
    yield pool["others_"]
    table = pool["workers_"]["table_"]
    blocks = table["blocks_"]
    for i in range(int(table["used_"])):
        for worker in range(int(blocks[i]["end"]) - int(blocks[i]["begin"])):
            yield blocks[i]["workers"][worker]["counters_"]
    for producer in producers(pool):
        yield producer["counters"]


class Printer:
    def __init__(self, handle):
        self.handle = handle

    def to_string(self):
        if not int(self.handle):
            return "NULL"
        try:
            core = gdb.lookup_type(f"tp::core::{self.core}").pointer()
        except gdb.error:
            return f"{int(self.handle):#x} (no debug information of libtpool)"
        try:
            return self.describe(self.handle.cast(core).dereference())
        except gdb.error as error:
            return f"{int(self.handle):#x} ({error})"


class PoolPrinter(Printer):
    core = "Pool"

    def describe(self, pool):
        counts = list(all_counters(pool))
        total = {name: sum(number(counters[name]) for counters in counts)
                 for name in ("plain", "completed", "items", "pulled", "cut", "running")}
        known = total["pulled"] + sum(number(producer["items"]) for producer in producers(pool))
        over = total["items"] + total["plain"] + total["cut"] + total["running"]
        accepted = sum(number(producer["admitted"]) for producer in producers(pool))
        return (f'tp_pool "{text(pool["workers_"]["name_"])}": {self.state(pool)},'
                f' {number(pool["workers_"]["alive_"])} workers, {max(known - over, 0)} items queued,'
                f' {total["running"]} running, {total["completed"] + total["plain"]} of'
                f" {accepted} jobs completed")

    @staticmethod
    def state(pool):
        if number(pool["joined_"]):
            return "joined"
        state = ("running", "closed", "terminated")[number(pool["state_"]) & 3]
        return "broken" if number(pool["broken_"]) and state != "terminated" else state


class ResultPrinter(Printer):
    core = "Job"

    def describe(self, job):
        job = job.cast(job.dynamic_type)
        state = ("running", "done", "ready", "ready")[number(job["life_"]) & 3]
        kind, done, total = self.progress(job)
        return f"tp_result of {kind}: {state}, {done} of {total} items, {self.outcome(job, state)}"

    @staticmethod
    def progress(job):
        """The kind of a job, and what tp_result_progress says of it."""
        left = number(job["remaining_"])
        name = str(job.type).rsplit("::", 1)[-1]
        if name in ("ApplyJob", "ThenJob"):
            return "apply", 0 if left else 1, 1
        if name == "PromiseJob":
            return "promise", 0 if left else 1, 1
        if name == "WhenJob":
            needs_all = bool(job["needs_all_"])
            total = int(job["count_"]) if needs_all else 1
            waiting = number(job["left_"]) if needs_all else 1
            return "when", total - waiting if left else total, total
        if name == "QuickLoop":
            items = job["items_"].referenced_value()
            total = int(items["count_"])
            return "for" if int(items["range_"]) else "map", 0 if left else total, total
        if name == "LoopJob":
            total = int(job["shape_"]["count"])
            return "for" if int(job["range_fn_"]) else "map", total - min(total, left), total
        source = (0 if number(job["source_over_"]) else 1) + number(job["credit_"])
        total = number(job["pulled_"])
        kind = "imap" if job["shape_"]["ordered"] else "imap_unordered"
        return kind, total - min(total, max(left - source, 0)), total

    @staticmethod
    def outcome(job, state):
        error = atom(job["error_"])
        if not int(error):
            return "TP_OK" if state != "running" else "no error"
        told = f"{status_name(int(error['status_']))} at item {int(error['index_'])}"
        if int(error["code_"]):
            told += f", code {int(error['code_'])}"
        message = error["cause_"]["message"]
        return told + (f': "{text(message)}"' if int(message) else "")


def printer_of(value):
    kind = value.type.strip_typedefs()
    if kind.code != gdb.TYPE_CODE_PTR:
        return None
    return {"tp_pool": PoolPrinter, "tp_result": ResultPrinter}.get(
        kind.target().strip_typedefs().unqualified().tag, lambda handle: None)(value)


printer_of.name = "libtpool"
if not any(getattr(known, "name", "") == "libtpool" for known in gdb.pretty_printers):
    gdb.pretty_printers.append(printer_of)
