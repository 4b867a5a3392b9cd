// SPDX-License-Identifier: MIT
// The protocol by which workers sleep and are woken (src/worker/sleep.h), searched in full by spin.
// Submitters publish tasks and notify; workers announce themselves, look again, park and retire.
// A task is over when as many run at once as there are workers, so that a wake-up that is lost, or
// not handed on, is an invalid end state. Mutants (sleep.sh): a worker does not look again (BLIND),
// or before it has announced itself (EARLY_LOOK), does not wake the next (SELFISH), or ends its
// flight after it has looked (LATE_STOP); a waker that found nobody does not look again (NO_RETRY);
// a token that comes before the sleep is not kept (NO_TOKEN). With PAUSE the pool is paused and resumed
// once: submitters wake nobody meanwhile (result/pool_context.h). Its mutants: who resumes wakes nobody
// (QUIET), or before the pause is over (EARLY_WAKE).
#ifndef WORKERS
#define WORKERS 2  /* or 1 */
#endif
#ifndef SUBMITTERS
#define SUBMITTERS 2
#endif
#ifndef TASKS
#define TASKS 2  /* of each submitter; all of them a multiple of WORKERS */
#endif
#define ALL (SUBMITTERS * TASKS)

byte queued = 0;    // the queues
byte meeting = 0;   // tasks that have begun
byte ended = 0;
bool over = false;

bool paused = false;

byte count = 0;     // of sleepers
bool in_flight = false;
bool lock = false;
bool listed[WORKERS];
bool token[WORKERS];

inline acquire() { atomic { !lock; lock = true } }
inline release() { lock = false }

inline unpark(w) {
#ifndef NO_TOKEN
  token[w] = true
#else
  if :: parked[w] -> token[w] = true :: else fi
#endif
}

#ifdef NO_TOKEN
bool parked[WORKERS];
#endif

// The waker takes any sleeper off the list.
inline pick() {
  if
  :: listed[0] -> chosen = 0
#if WORKERS > 1
  :: listed[1] -> chosen = 1
#endif
  :: else -> chosen = WORKERS
  fi
}

inline notify() {
  do
  :: true ->
    if
    :: count == 0 -> break
    :: else
    fi;
    atomic { was = in_flight; in_flight = true };
    if
    :: was -> break
    :: else
    fi;
    acquire();
    pick();
    if
    :: chosen < WORKERS ->
      listed[chosen] = false;
      count--;
      unpark(chosen);
      release();
      break
    :: else ->
      release();
      in_flight = false;
#ifdef NO_RETRY
      break
#else
      skip  // and again: one who announced itself meanwhile may have been passed over
#endif
    fi
  od
}

proctype Submitter() {
  byte i = 0, chosen;
  bool was;
  do
  :: i < TASKS ->
    queued++;
    if
    :: paused
    :: else -> notify()
    fi;
    i++
  :: else -> break
  od
}

#ifdef PAUSE
proctype Pauser() {
  byte chosen;
  bool was;
  paused = true;
#ifdef EARLY_WAKE
  notify();
#endif
  paused = false;
#if !defined(EARLY_WAKE) && !defined(QUIET)
  notify();
#endif
}
#endif

proctype Worker(byte me) {
  byte chosen, w, mine;
  bool was, woken = false, look;
  do
  :: over -> break
  :: else ->
    atomic {
      look = queued > 0 && !paused;
      if :: look -> queued-- :: else fi
    }
    if
    :: look ->
#ifndef SELFISH
      if
      :: woken && queued > 0 && !paused -> notify()
      :: else
      fi;
#endif
#ifdef LATE_STOP
      if
      :: woken -> in_flight = false
      :: else
      fi;
#endif
      woken = false;
      atomic { mine = meeting / WORKERS; meeting++ };
      meeting / WORKERS > mine;  // as many run at once as there are workers
      atomic { ended++; look = ended == ALL };
      if
      :: look ->
        over = true;
        acquire();
        w = 0;
        do
        :: w < WORKERS -> if :: listed[w] -> unpark(w) :: else fi; w++
        :: else -> break
        od;
        release()
      :: else
      fi
    :: else ->
#ifdef LATE_STOP
      if
      :: woken -> in_flight = false; woken = false
      :: else
      fi;
#endif
#ifdef EARLY_LOOK
      look = (queued > 0 && !paused) || over;
#endif
      acquire();
      listed[me] = true;
      count++;
      release();
#ifdef BLIND
      look = false;
#else
#ifndef EARLY_LOOK
      look = (queued > 0 && !paused) || over;
#endif
#endif
      if
      :: look
      :: else ->
#ifdef NO_TOKEN
        parked[me] = true;
#endif
        atomic { token[me]; token[me] = false }
#ifdef NO_TOKEN
        parked[me] = false
#endif
      fi;
      acquire();
      if
      :: listed[me] -> listed[me] = false; count--; release()
      :: else ->
        release();
#ifndef LATE_STOP
        in_flight = false;
#endif
        woken = true
      fi
    fi
  od
}

init {
  byte i = 0;
  atomic {
    do
    :: i < WORKERS -> run Worker(i); i++
    :: else -> break
    od;
#ifdef PAUSE
    run Pauser();
#endif
    i = 0;
    do
    :: i < SUBMITTERS -> run Submitter(); i++
    :: else -> break
    od
  }
  _nr_pr == 1;
  assert(ended == ALL && count == 0)
}
