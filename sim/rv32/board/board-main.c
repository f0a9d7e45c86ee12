// A life of the board, from the start code to its end or reset.
#include "board-natives.h"
#include "board.h"
#include "channels.h"
#include "kv.h"
#include "loop.h"

// Behind the RAM of a program that ends, put there by the one who started it (run.ts): arguments, each with a zero behind it, padding to
// a word, input.
typedef struct RunBlock {
	uint32_t countsInstructions, argumentCount, argumentBytes, hasInput, inputBytes;
	char arguments[];
} RunBlock;

enum { ARGUMENTS_MAX = 32, STACK_RESERVE = 16384 };

extern const RunBlock __ram_end[];
extern char __stack_bottom[];

static char* arguments[ARGUMENTS_MAX];

char* fxCStackLimit(void)
{
	return __stack_bottom + STACK_RESERVE;
}

static void runBlockOpen(void)
{
	const char* text = __ram_end->arguments;
	uint32_t i;
	for (i = 0; i < __ram_end->argumentCount && i < ARGUMENTS_MAX; i++) {
		arguments[i] = (char*)text;
		text += strlen(text) + 1;
	}
	gHost.arguments = arguments;
	gHost.argumentCount = (int)i;
}

const uint8_t* hostInput(size_t* sizeBytes)
{
	if (!gImage.isClosed || !__ram_end->hasInput)
		return NULL;
	*sizeBytes = __ram_end->inputBytes;
	return (const uint8_t*)__ram_end->arguments + __ram_end->argumentBytes;
}

const char* hostOutput(const void* bytes, size_t sizeBytes)
{
	const uint8_t* byte = bytes;
	if (!gImage.isClosed)
		return "no output was given to this run";
	while (sizeBytes-- > 0)
		channelPut(CHANNEL_OUTPUT, *byte++);
	return NULL;
}

// minstret counts instructions only where QEMU counts them (-icount shift=0); elsewhere it shows time.
txNumber hostInstructions(void)
{
	uint32_t high, low, again;
	if (!gImage.isClosed || !__ram_end->countsInstructions)
		return C_NAN;
	do {
		__asm__ volatile("csrr %0, minstreth" : "=r"(high));
		__asm__ volatile("csrr %0, minstret" : "=r"(low));
		__asm__ volatile("csrr %0, minstreth" : "=r"(again));
	} while (high != again);
	return high * 4294967296.0 + low;
}

static int putCounters(char c, FILE* file)
{
	(void)file;
	channelPut(CHANNEL_COUNTERS, (uint8_t)c);
	return 0;
}

static int putInstructions(char c, FILE* file)
{
	(void)file;
	channelPut(CHANNEL_INSTRUCTIONS, (uint8_t)c);
	return 0;
}

void hostExit(int code)
{
	static FILE counters = FDEV_SETUP_STREAM(putCounters, NULL, NULL, _FDEV_SETUP_WRITE);
	static FILE instructions = FDEV_SETUP_STREAM(putInstructions, NULL, NULL, _FDEV_SETUP_WRITE);
	if (gHost.machine && gImage.isClosed) {
		if (__ram_end->countsInstructions)
			fprintf(&instructions, "%.0f", hostInstructions());
		countersPrint(&counters);
	}
	boardEnd(code);
}

void hostAborted(int status, const char* text)
{
	if (!gImage.isClosed)
		faultReset("engine", text);
	fprintf(stderr, "godwit-xs: %s\n", text);
	hostExit(status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT ? EXIT_UNCAUGHT : EXIT_ABORT + status);
}

void fail(int code, const char* format, ...)
{
	char text[128];
	va_list values;
	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	if (!gImage.isClosed)
		faultReset("start", text);
	fprintf(stderr, "godwit-xs: %s\n", text);
	boardEnd(code);
}

// Bytecode lies among the constants, and its ids have to be written: it is copied to where the ROM machine's heap is.
static txScript* imageScript(txMachine* rom, const uint8_t* bytes, uint32_t sizeBytes, const char* name)
{
	uint8_t* copy = malloc(sizeBytes);
	if (!copy)
		fail(EXIT_USAGE, "no memory for the bytecode");
	memcpy(copy, bytes, sizeBytes);
	return bytecodeRead(rom, copy, sizeBytes, name);
}

void boardMain(void)
{
	txCreation creation;
	txMachine* rom;
	txScript* library = NULL;
	txScript* program;
	memcpy(&creation, gImage.creation, sizeof(gImage.creation));
	romProtect();
	clockStart();
	uartStart();
	interruptsStart();
	if (gImage.isClosed)
		runBlockOpen();
	else if (kvOpen() == KV_DONE)
		faultKeep();
	rom = romNew(&creation);
	fxBeginHost(rom);
	nativesInstall(rom);
	boardNativesInstall(rom);
	if (gImage.romBytes > 0)
		library = imageScript(rom, gImage.rom, gImage.romBytes, "library");
	program = imageScript(rom, gImage.program, gImage.programBytes, "program");
	fxEndHost(rom);
	if (library)
		scriptRun(rom, library);
	romShare(rom);
	boardNew(&creation, rom);
	if (!gImage.isClosed)
		watchdogStart();
	scriptRun(gHost.machine, program);
	watchdogStop();
	if (gImage.isClosed || !loopHasListener())
		hostExit(EXIT_DONE);
	loopRun(gHost.machine);
}
