// The parts of an engine host: memory (arena.c), the ROM machine and the board's (machine.c), programs in bytecode (bytecode.c), the
// global `host` (natives.c). They are the same on a development machine (main.c, compile.c) and on an emulated board, and call what
// each of the two has to supply: hostExit, hostAborted, hostInput, hostOutput, hostInstructions, fail and fxCStackLimit.
#ifndef GODWIT_XS_HOST_H
#define GODWIT_XS_HOST_H

#include "xsAll.h"
#include "xsScript.h"

// Exit codes. An aborted machine exits with EXIT_ABORT + the XS_..._EXIT number (xsAll.h): 71 memory full, 72 stack overflow.
enum { EXIT_DONE = 0, EXIT_UNCAUGHT = 1, EXIT_USAGE = 2, EXIT_ABORT = 70 };

// A board's static memory: slots are taken from the top, chunks from the bottom, and what lies between is free for both.
typedef struct Arena {
	txByte* base;
	size_t sizeBytes;
	txByte* chunksEnd;
	txByte* slotsStart;
} Arena;

Arena* arenaNew(size_t sizeBytes);
size_t arenaFree(const Arena* arena);

// Everything the natives need; one machine of programs per process.
typedef struct Host {
	txMachine* machine;
	Arena* arena;
	char** arguments;
	int argumentCount;
	txNumber meterBase;
	txNumber stackPeakMax;
} Host;

extern Host gHost;

txMachine* romNew(const txCreation* board);
void romShare(txMachine* rom);
void boardNew(txCreation* creation, txMachine* rom);
void scriptRun(txMachine* the, txScript* script);
void promiseJobsRun(txMachine* the);

txScript* bytecodeRead(txMachine* rom, uint8_t* bytes, size_t sizeBytes, const char* name);
void bytecodeRun(txMachine* the, txScript* script);
extern void fxRemapIDs(txMachine* the, txByte* codeBuffer, txSize codeSize, txID* theIDs); // in xsRun.c, in no header of XS

typedef struct HostNative {
	const char* name;
	txCallback callback;
	txInteger length;
} HostNative;

void nativesObject(txMachine* rom, const char* global, const HostNative* natives, size_t count);
void nativesInstall(txMachine* rom);
void resultNumber(txMachine* the, txNumber value);
void countersPrint(FILE* file);
void meterStart(txMachine* the);

// What a development machine and an emulated board do each in its way
void hostExit(int code) XS_FUNCTION_NORETURN;
// The machine cannot go on: `status` is XS's number, `text` says why in one line or, for an exception, in its stack's lines.
void hostAborted(int status, const char* text) XS_FUNCTION_NORETURN;
// The run's input; NULL if none was given.
const uint8_t* hostInput(size_t* sizeBytes);
// Appends to the run's output; returns what is wrong, or NULL.
const char* hostOutput(const void* bytes, size_t sizeBytes);
// Machine instructions since the start, where they can be counted; else NaN.
txNumber hostInstructions(void);
void fail(int code, const char* format, ...) XS_FUNCTION_NORETURN __attribute__((format(printf, 2, 3)));

#endif
