// The global `peer`: frames to and from another process, for a board whose host must not live in the board's memory. They go over
// descriptor 3 and come over standard input, each after its length (2 bytes, low first). A length of 0 ends a turn: the board sends,
// then takes what the other end has to say.
#include "pipe.h"
#include "xsmc.h"

enum { PIPE_OUT = 3, FRAME_BYTES_MAX = 0xffff };

static FILE* pipeOut;

static void pipeWrite(txMachine* the, const void* bytes, txUnsigned count)
{
	const uint8_t length[2] = { (uint8_t)count, (uint8_t)(count >> 8) };
	if (!pipeOut)
		pipeOut = fdopen(PIPE_OUT, "wb");
	if (!pipeOut || fwrite(length, 2, 1, pipeOut) != 1 || (count && fwrite(bytes, count, 1, pipeOut) != 1))
		mxUnknownError("nobody takes the frames of this run");
}

static void peerSend(txMachine* the)
{
	void* bytes = NULL;
	txUnsigned sizeBytes = 0;
	txInteger count;
	if (mxArgc < 2)
		mxTypeError("no bytes, or no count");
	count = fxToInteger(the, mxArgv(1));
	_xsmcGetBuffer((xsMachine*)the, (xsSlot*)mxArgv(0), &bytes, &sizeBytes, 0);
	if (count < 1 || count > FRAME_BYTES_MAX || (txUnsigned)count > sizeBytes)
		mxRangeError("a frame has 1 to 65535 bytes of its buffer");
	pipeWrite(the, bytes, (txUnsigned)count);
}

static void peerEndTurn(txMachine* the)
{
	pipeWrite(the, NULL, 0);
	if (fflush(pipeOut))
		mxUnknownError("nobody takes the frames of this run");
}

static void peerReceive(txMachine* the)
{
	uint8_t length[2];
	void* bytes = NULL;
	txUnsigned sizeBytes = 0, count;
	if (mxArgc < 1)
		mxTypeError("no bytes");
	_xsmcGetBuffer((xsMachine*)the, (xsSlot*)mxArgv(0), &bytes, &sizeBytes, 1);
	if (fread(length, 2, 1, stdin) != 1)
		mxUnknownError("the other end is gone");
	count = length[0] | (txUnsigned)length[1] << 8;
	if (count > sizeBytes)
		mxRangeError("a frame is longer than the buffer");
	if (count && fread(bytes, count, 1, stdin) != 1)
		mxUnknownError("the other end is gone");
	mxResult->kind = XS_INTEGER_KIND;
	mxResult->value.integer = (txInteger)count;
}

static const HostNative natives[] = {
	{ "send", peerSend, 2 },
	{ "endTurn", peerEndTurn, 0 },
	{ "receive", peerReceive, 1 },
};

void pipeInstall(txMachine* rom)
{
	nativesObject(rom, "peer", natives, sizeof(natives) / sizeof(*natives));
}
