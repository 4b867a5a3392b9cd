<?php
// SPDX-License-Identifier: MIT
// Native functions from PHP, whose FFI reads tpool.cdef: rows in memory, values, errors, statistics.
declare(strict_types=1);

$tp = FFI::cdef(file_get_contents(getenv('TPOOL_CDEF')), getenv('TPOOL_LIBRARY'));
$libc = FFI::cdef('void *dlopen(const char *, int); void (*dlsym(void *, const char *))(void);');

function check(int $status): void {
    global $tp;
    if ($status !== $tp->TP_OK) {
        $error = $tp->tp_last_error();
        throw new RuntimeException($error === null ? $tp->tp_strerror($status)
                                                   : $tp->tp_error_message($error));
    }
}

function equal(mixed $is, mixed $should): void {
    if ($is !== $should) throw new RuntimeException(var_export($is, true) . ' is not ' . var_export($should, true));
}

equal((bool) preg_match('/^\d+\.\d+\.\d+$/', $tp->tp_version()), true);
$options = $tp->new('tp_pool_options_t');
$options->size = FFI::sizeof($options);
$options->workers = 2;
$pool = $tp->new('tp_pool_t *');
check($tp->tp_pool_create(FFI::addr($options), FFI::addr($pool)));

$pow = $libc->dlsym($libc->dlopen('libm.so.6', 2), 'pow');
$call = $tp->new('tp_call_t *');
check($tp->tp_call_create($pow, 'double(double, double)', FFI::addr($call)));
$rows = FFI::new('double[2000]');
$values = FFI::new('double[1000]');
for ($i = 0; $i < 1000; $i++) {
    $rows[2 * $i] = $i;
    $rows[2 * $i + 1] = 2;
}
check($tp->tp_pool_starmap($pool, $call, FFI::addr($rows), FFI::addr($values), 1000, null));
for ($i = 0; $i < 1000; $i++) equal($values[$i], (float) ($i * $i));

$bad = $tp->new('tp_call_t *');
equal($tp->tp_call_create($pow, 'double(dubble)', FFI::addr($bad)), $tp->TP_EINVAL);
equal(str_contains($tp->tp_error_message($tp->tp_last_error()), 'column 8'), true);

$stats = $tp->new('tp_pool_stats_t');
$stats->size = FFI::sizeof($stats);
check($tp->tp_pool_stats($pool, FFI::addr($stats)));
equal($stats->items, 1000);
$tp->tp_call_release($call);
$tp->tp_pool_destroy($pool);
echo 'libtpool ', $tp->tp_version(), ', PHP ', PHP_VERSION, "\nok\n";
