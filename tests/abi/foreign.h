/* SPDX-License-Identifier: MIT */
/* Macros of other libraries, which a program may have defined before it includes a header of libtpool. Where one would
 * be seen, it breaks what is compiled. Those of one name with a different number of arguments are here once. */

#define FOREIGN 0 seen a macro of somebody else 0

/* Qt */
#define slots FOREIGN
#define signals FOREIGN
#define emit FOREIGN
#define foreach(variable, container) FOREIGN
#define forever FOREIGN
#define Q_OBJECT FOREIGN
#define Q_EMIT FOREIGN

/* windows.h and its kind */
#define min(a, b) FOREIGN
#define max(a, b) FOREIGN
#define near FOREIGN
#define far FOREIGN
#define small FOREIGN
#define hyper FOREIGN
#define huge FOREIGN
#define pascal FOREIGN
#define cdecl FOREIGN
#define interface FOREIGN
#define uuid FOREIGN
#define rad1 FOREIGN
#define IN FOREIGN
#define OUT FOREIGN
#define OPTIONAL FOREIGN
#define CONST FOREIGN
#define VOID FOREIGN
#define BOOL FOREIGN
#define DWORD FOREIGN
#define TRUE FOREIGN
#define FALSE FOREIGN
#define ERROR FOREIGN
#define NO_ERROR FOREIGN
#define DELETE FOREIGN
#define STRICT FOREIGN
#define CALLBACK FOREIGN
#define THIS FOREIGN
#define GetObject FOREIGN
#define GetMessage FOREIGN
#define SendMessage FOREIGN
#define CreateSemaphore FOREIGN
#define Yield() FOREIGN

/* <math.h> and <complex.h> of C, and programs that test that theirs are protected */
#define isnan(x) FOREIGN
#define isinf(x) FOREIGN
#define isfinite(x) FOREIGN
#define isnormal(x) FOREIGN
#define signbit(x) FOREIGN
#define fpclassify(x) FOREIGN
#define isless(x, y) FOREIGN
#define isgreater(x, y) FOREIGN
#define isunordered(x, y) FOREIGN
#define abs(x) FOREIGN
#define round(x) FOREIGN
#define complex FOREIGN

/* assertions and hints */
#define check(x) FOREIGN
#define check_noerr(x) FOREIGN
#define verify(x) FOREIGN
#define verify_noerr(x) FOREIGN
#define require(x, label) FOREIGN
#define ensure(x) FOREIGN
#define likely(x) FOREIGN
#define unlikely(x) FOREIGN
#define expect(x) FOREIGN
#define fail(...) FOREIGN

/* X11 */
#define None FOREIGN
#define True FOREIGN
#define False FOREIGN
#define Bool FOREIGN
#define Status FOREIGN
#define Success FOREIGN
#define Always FOREIGN
#define Above FOREIGN
#define Below FOREIGN
#define Complex FOREIGN
#define Convex FOREIGN
#define Nonconvex FOREIGN
#define CursorShape FOREIGN
#define DestroyAll FOREIGN
#define Expose FOREIGN
#define FocusIn FOREIGN
#define FocusOut FOREIGN
#define FontChange FOREIGN
#define GrayScale FOREIGN
#define InputOnly FOREIGN
#define KeyPress FOREIGN
#define KeyRelease FOREIGN
#define NoValue FOREIGN
#define AllValues FOREIGN
#define Unsorted FOREIGN

/* curses, in C and without NCURSES_NOMACROS */
#define addch(ch) FOREIGN
#define border(ls, rs, ts, bs, tl, tr, bl, br) FOREIGN
#define box(win, v, h) FOREIGN
#define clear() FOREIGN
#define delch() FOREIGN
#define echo() FOREIGN
#define erase() FOREIGN
#define filter() FOREIGN
#define getch() FOREIGN
#define insch(c) FOREIGN
#define meta(win, flag) FOREIGN
#define move(y, x) FOREIGN
#define raw() FOREIGN
#define refresh() FOREIGN
#define scanw FOREIGN
#define scroll(n) FOREIGN
#define stdscr FOREIGN
#define timeout(delay) FOREIGN
#define ERR FOREIGN
#define OK FOREIGN

/* the system's, and Xos.h's */
#define index(text, character) FOREIGN
#define linux FOREIGN
#define unix FOREIGN
#define major(device) FOREIGN
#define minor(device) FOREIGN
#define makedev(high, low) FOREIGN
#define log(...) FOREIGN

/* one letter: gettext, <complex.h>, Arduino, windows' text, sheets of macros */
#define _(text) FOREIGN
#define A FOREIGN
#define B FOREIGN
#define C FOREIGN
#define D FOREIGN
#define E FOREIGN
#define F FOREIGN
#define G FOREIGN
#define H FOREIGN
#define I FOREIGN
#define J FOREIGN
#define K FOREIGN
#define L FOREIGN
#define M FOREIGN
#define N FOREIGN
#define O FOREIGN
#define P FOREIGN
#define Q FOREIGN
#define R FOREIGN
#define S FOREIGN
#define T FOREIGN
#define U FOREIGN
#define V FOREIGN
#define W FOREIGN
#define X FOREIGN
#define Y FOREIGN
#define Z FOREIGN
