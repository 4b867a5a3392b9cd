# SPDX-License-Identifier: MIT
# Native functions, callbacks on the main thread, and Perl threads that serve a pool in parallel.
use strict;
use warnings;
use threads;
use threads::shared;
use Compress::Raw::Zlib ();
use FindBin;
use lib $FindBin::Bin;
use Tpool;

use constant FOREVER => 9**9**9;
my $task_type = '(opaque, opaque, opaque)->int';

sub check {
  my ($status) = @_;
  die tp_strerror($status) if $status < 0;
  return $status;
}

sub equal {
  my ($got, $wanted, $what) = @_;
  die "$what: $got, not $wanted" if $got ne $wanted;
}

sub new_pool {
  check(tp_pool_create(at(my $options = packed_pool(@_)), \my $pool));
  return $pool;
}

sub new_call {
  my ($function, $signature) = @_;
  my $status = tp_call_create($function, $signature, \my $call);
  die tp_error_message(tp_last_error()) if $status != TP_OK;
  return $call;
}

# ---- Perl threads as workers. They have to exist before anything of FFI::Platypus does.

my $address : shared;     # of the pool to serve
my $inside : shared = 0;  # how many calls of meet have begun

my %functions = (
  1 => sub { $_[0]**2 },
  2 => sub { die "$_[0] is out of range\n" },
  # Returns once two calls are in here at the same time, so only where two threads serve.
  3 => sub {
    lock $inside;
    $inside++;
    cond_broadcast($inside);
    cond_wait($inside) until $inside >= 2;
    return tp_worker_index();
  },
  4 => sub { die "not caught\n" },
);

sub dispatch {
  my ($id, $item, $value) = @_;
  my $run = sub {
    poke($value, pack 'd', $functions{$id}->(unpack 'd', bytes($item, 8)));
    tp_task_confirm();
    return 0;
  };
  return $run->() if $id == 4;
  return eval { $run->() } // do {
    chomp(my $message = $@);
    tp_task_set_error($message, undef, undef);
    1;
  };
}

sub serve {
  {
    lock $address;
    cond_wait($address) until $address;
  }
  bind_tpool();
  local $SIG{__WARN__} = sub { };  # what dies in a callback warns
  my $status = tp_worker_enter($address, callback($task_type, \&dispatch), FOREVER, \my $ran);
  return ($status, $ran);
}

my @threads = map { scalar threads->create({ context => 'list' }, \&serve) } 1, 2;

# ---- The main thread.

sub native_functions {
  my $pool = new_pool(workers => 2);
  my @pairs = map { [$_ / 8, $_ % 5] } 0 .. 9999;
  my $rows = pack 'd*', map { @$_ } @pairs;
  my $values = "\0" x (8 * @pairs);
  my $pow = new_call(native('libm.so.6', 'pow'), 'double(double, double)');
  check(tp_pool_starmap($pool, $pow, at($rows), at($values), scalar @pairs, undef));
  my @powers = unpack 'd*', $values;
  equal($powers[$_], $pairs[$_][0]**$pairs[$_][1], "pow $_") for 0 .. $#pairs;

  my @texts = map { "buffer $_ " x 100 } 0 .. 499;
  $rows = join '', map { pack 'J J L x4', 0, at($_), length } @texts;
  $values = "\0" x (8 * @texts);
  my $crc32 = new_call(native('libz.so.1', 'crc32'), 'ulong(ulong, pointer, uint)');
  check(tp_pool_starmap($pool, $crc32, at($rows), at($values), scalar @texts, undef));
  my @sums = unpack 'J*', $values;
  equal($sums[$_], Compress::Raw::Zlib::crc32($texts[$_]), "crc32 $_") for 0 .. $#texts;
  tp_call_release($_) for $pow, $crc32;
  tp_pool_destroy($pool);
  print "starmap: pow of 10000 pairs, crc32 of 500 texts, as one by one\n";
}

sub errors {
  eval { new_pool(workers => 5000) };
  die "no error: $@" if $@ !~ /Invalid argument/;
  eval { new_call(native('libm.so.6', 'pow'), 'double(dubble, double)') };
  die "no error: $@" if $@ !~ /column 8.*dubble/;

  my $pool = new_pool(workers => 1);
  my $usleep = new_call(native(undef, 'usleep'), 'int(uint)');
  my $naps = pack 'L*', (50_000) x 50;
  check(tp_pool_starmap_async($pool, $usleep, at($naps), 50, undef, \my $result));
  equal(tp_result_wait($result, 0.001), TP_ETIMEDOUT, 'wait');
  equal(tp_pool_join($pool, FOREVER), TP_ERUNNING, 'join');
  check(tp_pool_terminate($pool));
  equal(tp_result_get($result, FOREVER, undef), TP_ETERMINATED, 'get');
  equal(tp_error_message(tp_result_error($result)), 'The pool was terminated', 'message');
  tp_result_release($result);
  tp_call_release($usleep);
  tp_pool_destroy($pool);
  print "errors: an argument, a signature, a timeout, too early a join, terminate\n";
}

# The pool's callbacks run in tp_pool_run_callbacks, when select says that some are due.
sub completions {
  my $pool = new_pool(workers => 2, flags => TP_POOL_MANUAL_CALLBACKS);
  check(tp_pool_fd($pool, \my $fd));
  my %squares;
  my $callback = callback('(opaque, opaque)->void', sub {
    my ($user, $result) = @_;
    check(tp_result_get($result, 0, \my $values));
    $squares{$user} = unpack 'd', bytes($values, 8);
  });
  my $pow = new_call(native('libm.so.6', 'pow'), 'double(double, double)');
  check(tp_call_task($pow, at(my $task = packed_task())));
  for my $i (1 .. 100) {
    my ($row, $job) = (pack('d2', $i, 2), packed_job(callback => $callback, user => $i));
    check(tp_pool_apply_async($pool, at($task), at($row), at($job), undef));
  }
  vec(my $watched = '', $fd, 1) = 1;
  while (keys %squares < 100) {
    equal(scalar select(my $readable = $watched, undef, undef, 10), 1, 'select');
    check(tp_pool_run_callbacks($pool, 0, undef));
  }
  equal(scalar select(my $readable = $watched, undef, undef, 0), 0, 'select');
  equal($squares{$_}, $_**2, "square of $_") for 1 .. 100;
  tp_call_release($pow);
  tp_pool_destroy($pool);
  print "apply_async: 100 callbacks on the main thread, after select\n";
}

# The main thread is the only worker, so its subs can be source and tasks of a stream.
sub stream {
  my $pool = new_pool(workers => 1, flags => TP_POOL_NO_THREADS);
  my $n = 0;
  my $source = callback('(opaque, opaque)->int', sub {
    poke($_[1], pack 'd', ++$n);
    return $n <= 100 ? 1 : 0;
  });
  my $square = callback($task_type, sub {
    poke($_[2], pack 'd', unpack('d', bytes($_[1], 8))**2);
    return 0;
  });
  my $task = packed_task(fn => $square, item_size => 8, value_size => 8);
  check(tp_pool_imap($pool, at($task), $source, undef, undef, \my $result));
  my ($i, $value, $status) = (0, pack 'd', 0);
  do {
    check(tp_worker_enter($pool, undef, 0, undef));
    equal(unpack('d', $value), ++$i**2, "square of $i")
      while ($status = tp_result_next($result, 0, at($value))) == TP_OK;
  } while $status == TP_ETIMEDOUT;
  equal($status, TP_END, 'next');
  equal($i, 100, 'values');
  tp_result_release($result);
  tp_pool_destroy($pool);
  print "imap: a source and tasks in Perl, on the main thread\n";
}

# Calls the threads' function with this number for each item: the status, and values or message.
sub map_perl {
  my ($pool, $id, @items) = @_;
  my $task = packed_task(ctx => $id, item_size => 8, value_size => 8, flags => TP_TASK_CONFIRM);
  my $items = pack 'd*', @items;
  check(tp_pool_map_async($pool, at($task), at($items), scalar @items, undef, \my $result));
  my $status = tp_result_get($result, FOREVER, \my $values);
  my @output = $status == TP_OK ? unpack('d*', bytes($values, 8 * @items))
                                : tp_error_message(tp_result_error($result));
  tp_result_release($result);
  return ($status, @output);
}

sub parallel {
  my $pool = new_pool(workers => 2, flags => TP_POOL_NO_THREADS);
  {
    lock $address;
    $address = $pool;
    cond_broadcast($address);
  }
  my @met = map_perl($pool, 3, 0, 0);
  equal(join(' ', sort @met), '0 0 1', 'workers that met');

  my ($status, @squares) = map_perl($pool, 1, 0 .. 9999);
  equal($status, TP_OK, 'map');
  equal($squares[$_], $_**2, "square of $_") for 0 .. 9999;

  equal(join(': ', map_perl($pool, 2, 7)), TP_ETASK . ': 7 is out of range', 'error');
  # Platypus turns a die that nobody catches into a return of 0.
  ($status, my $message) = map_perl($pool, 4, 7);
  equal($status, TP_ETASK, 'die');
  die "no word of it: $message" if $message !~ /confirm/;

  check(tp_pool_close($pool));
  my @ran = map {
    my ($end, $ran) = $_->join;
    equal($end, TP_END, 'enter');
    $ran;
  } @threads;
  tp_pool_destroy($pool);
  print "map: two Perl threads side by side ran @ran, errors with their messages\n";
}

bind_tpool();
printf "libtpool %s, Perl %vd, FFI::Platypus %s\n", tp_version(), $^V, $FFI::Platypus::VERSION;
native_functions();
errors();
completions();
stream();
parallel();
print "ok\n";
