// The platform XS is compiled for: a development machine that lays memory out like a board, and the emulated board itself.
// XS includes this file from xsPlatform.h (-DINCLUDE_XSPLATFORM -DXSPLATFORM="platform.h").
#ifndef GODWIT_XS_PLATFORM_H
#define GODWIT_XS_PLATFORM_H

#ifdef __riscv
#define mxUnalignedAccess 0
#define mxMisalignedSettersCrash 1
#define mxIntegerDivideOverflowException 0
#define PATH_MAX 256
#else
#undef mxLinux
#define mxLinux 1
#define mxUseGCCAtomics 1
#include <arpa/inet.h>
#endif

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// XS's own; the other half (machine platform, chunks, slots, C stack limit, promise jobs, abort) is in arena.c and main.c.
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1
#define mxUseDefaultFindModule 1
#define mxUseDefaultLoadModule 1
#define mxUseDefaultDebug 1
#define mxUseDefaultCStackLimit 0

// The three waiter fields are XS's; `arena` is NULL for the machine whose heap stands for the board's flash.
#define mxMachinePlatform \
	struct Arena* arena; \
	int promiseJobsPending; \
	void* waiterCondition; \
	void* waiterData; \
	void* waiterLink;

#endif
