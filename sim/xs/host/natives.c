// The global `host`: the only thing a program has beyond the language. It lives in the ROM machine, so it costs the board nothing.
// The single readings (meter, slots, chunks, collections) are numbers, which XS keeps on the stack: reading them allocates nothing.
#include "host.h"
#include "xsmc.h"

static FILE* outputFile;

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

txNumber meterRead(txMachine* the)
{
	return gHost.meterBase + the->meterIndex;
}

void meterStart(txMachine* the)
{
	gHost.meterBase = 0;
	fxBeginMetering(the, meterStep, METER_INTERVAL);
}

static void resultNumber(txMachine* the, txNumber value)
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

enum { COUNTER_COUNT = 10 };

static void countersRead(txMachine* the, Counter counters[COUNTER_COUNT])
{
	Arena* arena = the->arena;
	const Counter now[COUNTER_COUNT] = {
		{ "meter", meterRead(the) },
		{ "slots", the->currentHeapCount },
		{ "slotsPeak", the->peakHeapCount },
		{ "slotBytes", sizeof(txSlot) },
		{ "chunkBytes", the->currentChunksSize },
		{ "chunkBytesPeak", the->peakChunksSize },
		{ "collections", the->garbageCollectionCount },
		{ "stackPeak", fmax(stackPeakTake(the), gHost.stackPeakMax) },
		{ "arenaBytes", (txNumber)arena->sizeBytes },
		{ "arenaFreeBytes", (txNumber)(arena->slotsStart - arena->chunksEnd) },
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

void countersWrite(void)
{
	Counter counters[COUNTER_COUNT];
	FILE* file;
	int i;
	if (!gHost.countersPath || !gHost.machine)
		return;
	file = fopen(gHost.countersPath, "wb");
	if (!file)
		return;
	countersRead(gHost.machine, counters);
	for (i = 0; i < COUNTER_COUNT; i++)
		fprintf(file, "%s\"%s\":%.0f", i ? "," : "{", counters[i].name, counters[i].value);
	fprintf(file, "}\n");
	fclose(file);
}

static void hostGc(txMachine* the)
{
	fxCollectGarbage(the);
}

static void hostReadInput(txMachine* the)
{
	size_t sizeBytes;
	uint8_t* bytes;
	if (!gHost.inputPath)
		mxTypeError("no input was given to this run");
	bytes = fileRead(gHost.inputPath, &sizeBytes);
	fxArrayBuffer(the, mxResult, bytes, (txInteger)sizeBytes, -1);
	free(bytes);
}

static void hostWriteOutput(txMachine* the)
{
	void* bytes = NULL;
	txUnsigned sizeBytes = 0, count;
	txInteger limit = mxArgc > 1 ? fxToInteger(the, mxArgv(1)) : -1;
	if (!gHost.outputPath)
		mxTypeError("no output was given to this run");
	if (mxArgc < 1)
		mxTypeError("no bytes");
	_xsmcGetBuffer((xsMachine*)the, (xsSlot*)mxArgv(0), &bytes, &sizeBytes, 0);
	if (mxArgc > 1 && (limit < 0 || (txUnsigned)limit > sizeBytes))
		mxRangeError("the length passes the end of the bytes");
	count = mxArgc > 1 ? (txUnsigned)limit : sizeBytes;
	if (!outputFile)
		outputFile = fopen(gHost.outputPath, "wb");
	if (!outputFile || (count && fwrite(bytes, count, 1, outputFile) != 1))
		mxUnknownError("cannot write %s", gHost.outputPath);
	fflush(outputFile);
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

static const struct {
	const char* name;
	txCallback callback;
	txInteger length;
} natives[] = {
	{ "print", hostPrint, 1 },
	{ "meter", hostMeter, 0 },
	{ "slots", hostSlots, 0 },
	{ "chunks", hostChunks, 0 },
	{ "collections", hostCollections, 0 },
	{ "stackPeak", hostStackPeak, 0 },
	{ "counters", hostCounters, 0 },
	{ "gc", hostGc, 0 },
	{ "readInput", hostReadInput, 0 },
	{ "writeOutput", hostWriteOutput, 2 },
	{ "args", hostArguments, 0 },
	{ "exit", hostExitNative, 1 },
};

void nativesInstall(txMachine* the)
{
	static const char* const counterNames[]
		= { "meter", "slots", "slotsPeak", "slotBytes", "chunkBytes", "chunkBytesPeak", "collections", "stackPeak", "arenaBytes", "arenaFreeBytes" };
	txSlot* property;
	size_t i;
	for (i = 0; i < sizeof(counterNames) / sizeof(*counterNames); i++)
		fxNewNameC(the, (txString)counterNames[i]);
	mxPush(mxObjectPrototype);
	property = fxLastProperty(the, fxNewObjectInstance(the));
	for (i = 0; i < sizeof(natives) / sizeof(*natives); i++)
		property = fxNextHostFunctionProperty(
			the, property, natives[i].callback, natives[i].length, fxNewNameC(the, (txString)natives[i].name), XS_DONT_ENUM_FLAG);
	mxPush(mxGlobal);
	fxSetID(the, fxNewNameC(the, "host"));
	mxPop();
}
