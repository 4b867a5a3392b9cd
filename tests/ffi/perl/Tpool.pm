# SPDX-License-Identifier: MIT
# What program.pl uses of include/tpool, for FFI::Platypus: each Perl thread binds it for itself.
package Tpool;

use strict;
use warnings;
use Exporter 'import';
use FFI::Platypus 2.00;

use constant {
  TP_OK => 0, TP_END => 1, TP_EINVAL => -1, TP_ETIMEDOUT => -4, TP_ERUNNING => -7, TP_ETASK => -9,
  TP_ETERMINATED => -11,
  TP_POOL_MANUAL_CALLBACKS => 2, TP_POOL_NO_THREADS => 4, TP_TASK_CONFIRM => 1,
};

my %functions = (
  tp_version            => [[]                                          => 'string'],
  tp_strerror           => [['int']                                     => 'string'],
  tp_last_error         => [[]                                          => 'opaque'],
  tp_error_message      => [['opaque']                                  => 'string'],
  tp_pool_create        => [['opaque', 'opaque*']                       => 'int'],
  tp_pool_close         => [['opaque']                                  => 'int'],
  tp_pool_terminate     => [['opaque']                                  => 'int'],
  tp_pool_join          => [['opaque', 'double']                        => 'int'],
  tp_pool_destroy       => [['opaque']                                  => 'void'],
  tp_pool_fd            => [['opaque', 'int*']                          => 'int'],
  tp_pool_run_callbacks => [['opaque', 'double', 'size_t*']             => 'int'],
  tp_pool_apply_async   => [[('opaque') x 4, 'opaque*']                 => 'int'],
  tp_pool_map_async     => [[('opaque') x 3, 'size_t', 'opaque', 'opaque*'] => 'int'],
  tp_pool_imap          => [[('opaque') x 5, 'opaque*']                 => 'int'],
  tp_pool_starmap       => [[('opaque') x 4, 'size_t', 'opaque']        => 'int'],
  tp_pool_starmap_async => [[('opaque') x 3, 'size_t', 'opaque', 'opaque*'] => 'int'],
  tp_result_wait        => [['opaque', 'double']                        => 'int'],
  tp_result_get         => [['opaque', 'double', 'opaque*']             => 'int'],
  tp_result_next        => [['opaque', 'double', 'opaque']              => 'int'],
  tp_result_error       => [['opaque']                                  => 'opaque'],
  tp_result_release     => [['opaque']                                  => 'void'],
  tp_call_create        => [['opaque', 'string', 'opaque*']             => 'int'],
  tp_call_task          => [['opaque', 'opaque']                        => 'int'],
  tp_call_release       => [['opaque']                                  => 'void'],
  tp_worker_enter       => [['opaque', 'opaque', 'double', 'size_t*']   => 'int'],
  tp_worker_index       => [[]                                          => 'int'],
  tp_task_confirm       => [[]                                          => 'int'],
  tp_task_set_error     => [['string', 'opaque', 'opaque']              => 'int'],
);

our @EXPORT = (qw(bind_tpool native callback at bytes poke packed_task packed_job packed_pool),
               grep { /^TP_/ } keys %Tpool::);
push @EXPORT, keys %functions;

my ($ffi, @kept);

# Objects of FFI::Platypus do not survive a new Perl thread: make the threads first, then call this
# in each of them.
sub bind_tpool {
  $ffi = FFI::Platypus->new(api => 2, lib => $ENV{TPOOL_LIBRARY} // 'libtpool.so.1');
  for my $name (keys %functions) {
    $ffi->attach($name, @{ $functions{$name} });
  }
  my $libc = FFI::Platypus->new(api => 2, lib => [undef]);
  $libc->attach([memcpy => 'copy'], ['opaque', 'opaque', 'size_t'] => 'opaque');
}

# The address of a function in a library; undef is this process.
sub native {
  my ($library, $name) = @_;
  my $native = FFI::Platypus->new(api => 2, lib => [$library]);
  push @kept, $native;  # or the library is unloaded
  return $native->find_symbol($name) // die "no $name";
}

# The address of a C function that calls this sub.
sub callback {
  my ($type, $sub) = @_;
  my $closure = $ffi->closure($sub);
  push @kept, $closure;
  return $ffi->cast($type => 'opaque', $closure);
}

# The address of a scalar's bytes, bytes at an address, and writing there.
sub at { unpack 'J', pack 'P', $_[0] }
sub bytes { my ($address, $size) = @_; unpack "P$size", pack 'J', $address }
sub poke { my ($address, $bytes) = @_; copy($address, at($bytes), length $bytes) }

# The structs, zero where no field is given.
sub packed_pool {
  my %field = @_;
  pack 'J6 L x4 J3', 80, $field{workers}, 0, 0, 0, 0, $field{flags} // 0, 0, 0, 0;
}

sub packed_job {
  my %field = @_;
  pack 'J3 L x4 J5', 72, $field{chunksize} // 0, 0, 0, $field{callback} // 0, 0,
    $field{user} // 0, 0, 0;
}

sub packed_task {
  my %field = @_;
  pack 'J10 L x4', 88, $field{fn} // 0, $field{ctx} // 0, $field{item_size} // 0,
    $field{value_size} // 0, (0) x 5, $field{flags} // 0;
}

1;
