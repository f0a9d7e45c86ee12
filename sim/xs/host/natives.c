// The global `host`: what a program has beyond the language.
// The single readings (meter, slots, chunks, collections) are numbers, which XS keeps on the stack: reading them allocates nothing.
#include "host.h"
#include "xsmc.h"

static void hostPrint(txMachine* the)
{
	txString text = mxArgc > 0 ? fxToString(the, mxArgv(0)) : (txString)"";
	fputs(text, stdout);
	fputc('\n', stdout);
}

// XS restarts its 32-bit meter at 0 when the next check would pass 2^32 (fxCheckMetering); keep what was counted until then.
#define METER_INTERVAL 0x40000000u

static txBoolean meterStep(txMachine* the, txU4 index)
{
	(void)the;
	if (index + METER_INTERVAL < index)
		gHost.meterBase += index;
	return 1;
}

static txNumber meterRead(txMachine* the)
{
	return gHost.meterBase + the->meterIndex;
}

void meterStart(txMachine* the)
{
	gHost.meterBase = 0;
	fxBeginMetering(the, meterStep, METER_INTERVAL);
}

void resultNumber(txMachine* the, txNumber value)
{
	mxResult->kind = XS_NUMBER_KIND;
	mxResult->value.number = value;
}

static void hostMeter(txMachine* the)
{
	resultNumber(the, meterRead(the));
}

static void hostSlots(txMachine* the)
{
	resultNumber(the, the->currentHeapCount);
}

static void hostChunks(txMachine* the)
{
	resultNumber(the, the->currentChunksSize);
}

static void hostCollections(txMachine* the)
{
	resultNumber(the, the->garbageCollectionCount);
}

static void hostInstructionsRead(txMachine* the)
{
	resultNumber(the, hostInstructions());
}

// XS keeps one peak; reading it starts a new one, and the largest stays for the counters.
static txNumber stackPeakTake(txMachine* the)
{
	txNumber peak = (txNumber)(the->stackTop - the->stackPeak);
	the->stackPeak = the->stack;
	if (gHost.stackPeakMax < peak)
		gHost.stackPeakMax = peak;
	return peak;
}

static void hostStackPeak(txMachine* the)
{
	resultNumber(the, stackPeakTake(the));
}

typedef struct {
	const char* name;
	txNumber value;
} Counter;

enum { COUNTER_COUNT = 13 };

static void countersRead(txMachine* the, Counter counters[COUNTER_COUNT])
{
	Arena* arena = the->arena;
	const Counter now[COUNTER_COUNT] = {
		{ "meter", meterRead(the) },
		{ "slots", the->currentHeapCount },
		{ "slotsPeak", the->peakHeapCount },
		{ "slotsHeld", the->maximumHeapCount },
		{ "slotBytes", sizeof(txSlot) },
		{ "chunkBytes", the->currentChunksSize },
		{ "chunkBytesPeak", the->peakChunksSize },
		{ "chunkBytesHeld", the->maximumChunksSize },
		{ "collections", the->garbageCollectionCount },
		{ "keys", the->keyIndex - the->keyOffset },
		{ "stackPeak", fmax(stackPeakTake(the), gHost.stackPeakMax) },
		{ "arenaBytes", (txNumber)arena->sizeBytes },
		{ "arenaFreeBytes", (txNumber)arenaFree(arena) },
	};
	memcpy(counters, now, sizeof(now));
}

static void hostCounters(txMachine* the)
{
	Counter counters[COUNTER_COUNT];
	txSlot* property;
	int i;
	countersRead(the, counters);
	mxPush(mxObjectPrototype);
	property = fxLastProperty(the, fxNewObjectInstance(the));
	for (i = 0; i < COUNTER_COUNT; i++)
		property = fxNextNumberProperty(the, property, counters[i].value, fxFindName(the, (txString)counters[i].name), XS_NO_FLAG);
	mxPullSlot(mxResult);
}

void countersPrint(FILE* file)
{
	Counter counters[COUNTER_COUNT];
	int i;
	countersRead(gHost.machine, counters);
	for (i = 0; i < COUNTER_COUNT; i++)
		fprintf(file, "%s\"%s\":%.0f", i ? "," : "{", counters[i].name, counters[i].value);
	fprintf(file, "}\n");
}

static void hostGc(txMachine* the)
{
	fxCollectGarbage(the);
}

static void hostReadInput(txMachine* the)
{
	size_t sizeBytes;
	const uint8_t* bytes = hostInput(&sizeBytes);
	if (!bytes)
		mxTypeError("no input was given to this run");
	fxArrayBuffer(the, mxResult, (void*)bytes, (txInteger)sizeBytes, -1);
}

static void hostWriteOutput(txMachine* the)
{
	void* bytes = NULL;
	txUnsigned sizeBytes = 0, count;
	txInteger limit = mxArgc > 1 ? fxToInteger(the, mxArgv(1)) : -1;
	const char* wrong;
	if (mxArgc < 1)
		mxTypeError("no bytes");
	_xsmcGetBuffer((xsMachine*)the, (xsSlot*)mxArgv(0), &bytes, &sizeBytes, 0);
	if (mxArgc > 1 && (limit < 0 || (txUnsigned)limit > sizeBytes))
		mxRangeError("the length passes the end of the bytes");
	count = mxArgc > 1 ? (txUnsigned)limit : sizeBytes;
	wrong = hostOutput(bytes, count);
	if (wrong)
		mxTypeError("%s", wrong);
}

static void hostArguments(txMachine* the)
{
	int i;
	mxPush(mxArrayPrototype);
	fxNewArrayInstance(the);
	mxPullSlot(mxResult);
	for (i = 0; i < gHost.argumentCount; i++) {
		mxPushStringC(gHost.arguments[i]);
		mxPushSlot(mxResult);
		fxSetIndex(the, (txIndex)i);
		mxPop();
	}
}

static void hostExitNative(txMachine* the)
{
	hostExit(mxArgc > 0 ? fxToInteger(the, mxArgv(0)) : EXIT_DONE);
}

static const HostNative natives[] = {
	{ "print", hostPrint, 1 },
	{ "meter", hostMeter, 0 },
	{ "slots", hostSlots, 0 },
	{ "chunks", hostChunks, 0 },
	{ "collections", hostCollections, 0 },
	{ "stackPeak", hostStackPeak, 0 },
	{ "counters", hostCounters, 0 },
	{ "instructions", hostInstructionsRead, 0 },
	{ "gc", hostGc, 0 },
	{ "readInput", hostReadInput, 0 },
	{ "writeOutput", hostWriteOutput, 2 },
	{ "args", hostArguments, 0 },
	{ "exit", hostExitNative, 1 },
};

// A global object of natives: it lives in the ROM machine, so it costs the board nothing.
void nativesObject(txMachine* rom, const char* global, const HostNative* functions, size_t count)
{
	txMachine* the = rom;
	txSlot* property;
	size_t i;
	mxPush(mxObjectPrototype);
	property = fxLastProperty(the, fxNewObjectInstance(the));
	for (i = 0; i < count; i++)
		property = fxNextHostFunctionProperty(
			the, property, functions[i].callback, functions[i].length, fxNewNameC(the, (txString)functions[i].name), XS_DONT_ENUM_FLAG);
	mxPush(mxGlobal);
	fxSetID(the, fxNewNameC(the, (txString)global));
	mxPop();
}

void nativesInstall(txMachine* rom)
{
	static const char* const counterNames[]
		= { "meter", "slots", "slotsPeak", "slotsHeld", "slotBytes", "chunkBytes", "chunkBytesPeak", "chunkBytesHeld", "collections", "keys", "stackPeak", "arenaBytes", "arenaFreeBytes" };
	size_t i;
	for (i = 0; i < sizeof(counterNames) / sizeof(*counterNames); i++)
		fxNewNameC(rom, (txString)counterNames[i]);
	nativesObject(rom, "host", natives, sizeof(natives) / sizeof(*natives));
}
