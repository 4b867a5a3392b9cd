# SPDX-License-Identifier: MIT
use strict;
use warnings;
use FFI::Platypus 2.00;

my $tp = FFI::Platypus->new(api => 2, lib => $ENV{TPOOL_LIBRARY} // 'libtpool.so.1');
$tp->attach(tp_pool_create => ['opaque', 'opaque*'] => 'int');
$tp->attach(tp_pool_destroy => ['opaque'] => 'void');
$tp->attach(tp_call_create => ['opaque', 'string', 'opaque*'] => 'int');
$tp->attach(tp_call_release => ['opaque'] => 'void');
$tp->attach(tp_pool_starmap =>
  ['opaque', 'opaque', 'double[10]', 'double[5]', 'size_t', 'opaque'] => 'int');
my $pow = FFI::Platypus->new(api => 2, lib => 'libm.so.6')->find_symbol('pow');

sub check { $_[0] == 0 or die "status $_[0]" }
check(tp_pool_create(undef, \my $pool));
check(tp_call_create($pow, 'double(double, double)', \my $call));
my @values = (0) x 5;
check(tp_pool_starmap($pool, $call, [map { $_, 2 } 5, 4, 3, 2, 1], \@values, 5, undef));
tp_call_release($call);
tp_pool_destroy($pool);
print "@values\n";
