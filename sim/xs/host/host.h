// The parts of the host: memory (arena.c), bytecode files (bytecode.c), the `host` global (natives.c), the command (main.c).
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

// Everything the natives need; one machine of programs per process.
typedef struct Host {
	txMachine* machine;
	Arena* arena;
	const char* inputPath;
	const char* outputPath;
	const char* countersPath;
	char** arguments;
	int argumentCount;
	txNumber meterBase;
	txNumber stackPeakMax;
} Host;

extern Host gHost;

void hostMachineStart(char* stackTop);
void hostExit(int code) XS_FUNCTION_NORETURN;

txScript* bytecodeCompile(txMachine* the, const char* sourcePath);
void bytecodeWrite(txScript* script, const char* path);
txScript* bytecodeRead(txMachine* rom, const char* path);
extern void fxRemapIDs(txMachine* the, txByte* codeBuffer, txSize codeSize, txID* theIDs); // in xsRun.c, in no header of XS
void bytecodeRun(txMachine* the, txScript* script);

void nativesInstall(txMachine* rom);
void countersWrite(void);
void meterStart(txMachine* the);
txNumber meterRead(txMachine* the);

uint8_t* fileRead(const char* path, size_t* sizeBytes);
void fail(int code, const char* format, ...) XS_FUNCTION_NORETURN __attribute__((format(printf, 2, 3)));

#endif
