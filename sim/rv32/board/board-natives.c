#include "board-natives.h"
#include "board.h"
#include "kv.h"
#include "loop.h"
#include "nor.h"
#include "probe.h"
#include "xsmc.h"

typedef struct Bytes {
	uint8_t* start;
	uint32_t count;
} Bytes;

// The bytes of a buffer or a view; with `rangeAt` >= 0 the part that the arguments there (offset, count) name.
static Bytes bytesArgument(txMachine* the, int index, int rangeAt, bool isWritten)
{
	void* start;
	txUnsigned size;
	Bytes bytes;
	if (mxArgc <= index)
		mxTypeError("no bytes");
	_xsmcGetBuffer((xsMachine*)the, (xsSlot*)mxArgv(index), &start, &size, isWritten);
	bytes.start = start;
	bytes.count = size;
	if (rangeAt >= 0 && mxArgc > rangeAt + 1) {
		txInteger at = fxToInteger(the, mxArgv(rangeAt)), count = fxToInteger(the, mxArgv(rangeAt + 1));
		if (at < 0 || count < 0 || (txUnsigned)at > size || (txUnsigned)count > size - (txUnsigned)at)
			mxRangeError("the range passes the end of the bytes");
		bytes.start += at;
		bytes.count = (uint32_t)count;
	}
	return bytes;
}

static void nowMs(txMachine* the)
{
	resultNumber(the, (txNumber)clockMsSinceStart());
}

static void entropy(txMachine* the)
{
	resultNumber(the, clockEntropy());
}

static void listen(txMachine* the)
{
	if (mxArgc < 1 || !mxIsReference(mxArgv(0)))
		mxTypeError("no listener");
	loopListen(the, mxArgv(0));
}

static void wakeAfter(txMachine* the)
{
	loopWakeAfter(mxArgc > 0 ? fxToNumber(the, mxArgv(0)) : -1);
}

static void restart(txMachine* the)
{
	(void)the;
	boardReset();
}

static void serialReadable(txMachine* the)
{
	resultNumber(the, uartReadable());
}

static void serialWritable(txMachine* the)
{
	resultNumber(the, uartWritable());
}

static void serialRead(txMachine* the)
{
	Bytes bytes = bytesArgument(the, 0, 1, true);
	resultNumber(the, uartRead(bytes.start, bytes.count));
}

static void serialWrite(txMachine* the)
{
	Bytes bytes = bytesArgument(the, 0, 1, false);
	mxResult->kind = XS_BOOLEAN_KIND;
	mxResult->value.boolean = uartWrite(bytes.start, bytes.count);
	loopWritten();
}

static void mustBeDone(txMachine* the, KvResult result)
{
	if (result == KV_WRONG_SIZE)
		mxRangeError("a key has 1 to %d bytes, a value at most %d", KV_KEY_BYTES_MAX, KV_VALUE_BYTES_MAX);
	if (result != KV_DONE)
		mxUnknownError(result == KV_FULL ? "key-value storage is full" : "the flash failed");
}

// XS compacts chunks when it makes a new one, and a key's text is such a chunk: it is copied at once.
static const char* keyArgument(txMachine* the)
{
	static char key[KV_KEY_BYTES_MAX + 2];
	snprintf(key, sizeof(key), "%s", mxArgc > 0 ? fxToString(the, mxArgv(0)) : "");
	return key;
}

// (key) -> ArrayBuffer, (key, bytes) -> count of bytes; undefined where there is no such key.
static void keyValueRead(txMachine* the)
{
	uint32_t sizeBytes;
	const uint8_t* value = kvRead(keyArgument(the), &sizeBytes);
	if (!value)
		return;
	if (mxArgc > 1) {
		Bytes bytes = bytesArgument(the, 1, -1, true);
		uint32_t count = sizeBytes < bytes.count ? sizeBytes : bytes.count;
		memcpy(bytes.start, value, count);
		resultNumber(the, count);
	} else
		fxArrayBuffer(the, mxResult, (void*)value, (txInteger)sizeBytes, -1);
}

static void keyValueWrite(txMachine* the)
{
	const char* key = keyArgument(the);
	Bytes bytes = bytesArgument(the, 1, -1, false);
	mustBeDone(the, kvWrite(key, bytes.start, bytes.count));
}

static void keyValueDelete(txMachine* the)
{
	mustBeDone(the, kvDelete(keyArgument(the)));
}

static void keyValueKeys(txMachine* the)
{
	const char* prefix = keyArgument(the);
	const char* key;
	uint32_t position = 0, keyBytes;
	txIndex index = 0;
	mxPush(mxArrayPrototype);
	fxNewArrayInstance(the);
	mxPullSlot(mxResult);
	while ((key = kvNext(prefix, &position, &keyBytes)) != NULL) {
		char text[KV_KEY_BYTES_MAX + 1];
		memcpy(text, key, keyBytes);
		text[keyBytes] = 0;
		mxPushStringC(text);
		mxPushSlot(mxResult);
		fxSetIndex(the, index++);
		mxPop();
	}
}

// The flash outside the key-value storage, offsets from its start.
static uint32_t flashOffset(txMachine* the, int index, uint32_t count)
{
	txNumber at = mxArgc > index ? fxToNumber(the, mxArgv(index)) : -1;
	if (!(at >= KV_BLOCKS * NOR_BLOCK_BYTES) || at + count > (txNumber)NOR_BLOCKS * NOR_BLOCK_BYTES)
		mxRangeError("outside the flash's free part");
	return (uint32_t)at;
}

static void flashRead(txMachine* the)
{
	Bytes bytes = bytesArgument(the, 1, -1, true);
	memcpy(bytes.start, norBytes() + flashOffset(the, 0, bytes.count), bytes.count);
}

static void flashWrite(txMachine* the)
{
	Bytes bytes = bytesArgument(the, 1, -1, false);
	uint32_t at = flashOffset(the, 0, bytes.count);
	if (at % NOR_WORD_BYTES || bytes.count % NOR_WORD_BYTES)
		mxRangeError("offset and length of a write are multiples of %d", NOR_WORD_BYTES);
	if (!norProgram(at, bytes.start, bytes.count))
		mxUnknownError("the flash failed");
}

static void flashErase(txMachine* the)
{
	uint32_t at = flashOffset(the, 0, NOR_BLOCK_BYTES);
	if (at % NOR_BLOCK_BYTES)
		mxRangeError("not the start of a block");
	if (!norErase(at / NOR_BLOCK_BYTES))
		mxUnknownError("the flash failed");
}

static void probe(txMachine* the)
{
	if (mxArgc < 2)
		mxTypeError("no buffers");
	bytesArgument(the, 0, -1, false);
	bytesArgument(the, 1, -1, false);
	probeRegister(the, mxArgv(0), mxArgv(1));
}

static uint32_t numberArgument(txMachine* the, int index)
{
	return mxArgc > index ? fxToUnsigned(the, mxArgv(index)) : 0;
}

// A stray pointer, for tests of what it does: reads a word, or writes one.
static void peek(txMachine* the)
{
	resultNumber(the, *(volatile uint32_t*)(uintptr_t)numberArgument(the, 0));
}

static void poke(txMachine* the)
{
	*(volatile uint32_t*)(uintptr_t)numberArgument(the, 0) = numberArgument(the, 1);
}

static const HostNative natives[] = {
	{ "nowMs", nowMs, 0 },
	{ "entropy", entropy, 0 },
	{ "listen", listen, 1 },
	{ "wakeAfter", wakeAfter, 1 },
	{ "restart", restart, 0 },
	{ "serialReadable", serialReadable, 0 },
	{ "serialWritable", serialWritable, 0 },
	{ "serialRead", serialRead, 3 },
	{ "serialWrite", serialWrite, 3 },
	{ "keyValueRead", keyValueRead, 2 },
	{ "keyValueWrite", keyValueWrite, 2 },
	{ "keyValueDelete", keyValueDelete, 1 },
	{ "keyValueKeys", keyValueKeys, 1 },
	{ "flashRead", flashRead, 2 },
	{ "flashWrite", flashWrite, 2 },
	{ "flashErase", flashErase, 1 },
	{ "probe", probe, 2 },
	{ "peek", peek, 1 },
	{ "poke", poke, 2 },
};

void boardNativesInstall(txMachine* rom)
{
	loopNamesRegister(rom);
	nativesObject(rom, "board", natives, sizeof(natives) / sizeof(*natives));
}
