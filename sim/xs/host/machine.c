// The two machines of a board. The ROM machine runs the library once; then its heap is shared and read-only, as what a linker preloads
// into flash, and the board's machine is a clone of it with a heap of its own in the arena.
#include "host.h"

Host gHost;

enum { ABORT_TEXT_MAX = 2048 };

static const char* abortReason(int status)
{
	switch (status) {
	case XS_NOT_ENOUGH_MEMORY_EXIT:
		return "memory full";
	case XS_STACK_OVERFLOW_EXIT:
		return "stack overflow";
	case XS_NO_MORE_KEYS_EXIT:
		return "not enough keys";
	case XS_UNHANDLED_EXCEPTION_EXIT:
		return "unhandled exception";
	case XS_UNHANDLED_REJECTION_EXIT:
		return "unhandled rejection";
	default:
		return "fatal check";
	}
}

// What was thrown, with its stack where it has one; a thrown value whose conversion throws again is named as such.
static void exceptionText(txMachine* the, const char* why, char* text)
{
	mxTry(the)
	{
		mxOverflow(-4);
		mxPush(mxException);
		if (mxIsReference(the->stack)) {
			mxDub();
			fxGetID(the, mxID(_stack));
			if (the->stack->kind == XS_STRING_KIND || the->stack->kind == XS_STRING_X_KIND)
				the->stack[1] = the->stack[0];
			mxPop();
		}
		snprintf(text, ABORT_TEXT_MAX, "%s: %s", why, fxToString(the, the->stack));
		mxPop();
	}
	mxCatch(the)
	{
		snprintf(text, ABORT_TEXT_MAX, "%s: a value that has no text", why);
	}
}

// XS comes here when it cannot go on; JavaScript's try and catch never see it.
void fxAbort(txMachine* the, int status)
{
	static char text[ABORT_TEXT_MAX];
	const char* reason = abortReason(status);
	const Arena* arena = the->arena;
	if (status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT)
		exceptionText(the, reason, text);
	else if (arena)
		snprintf(text, sizeof(text), "%s: %d slots of %d bytes, %d bytes of chunks (peak %d), arena %u bytes with %u free, %d collections", reason,
			(int)the->currentHeapCount, (int)sizeof(txSlot), (int)the->currentChunksSize, (int)the->peakChunksSize, (unsigned)arena->sizeBytes,
			(unsigned)arenaFree(arena), the->garbageCollectionCount);
	else
		snprintf(text, sizeof(text), "%s while preparing ROM", reason);
	hostAborted(status, text);
}

void fxQueuePromiseJobs(txMachine* the)
{
	the->promiseJobsPending = 1;
}

void promiseJobsRun(txMachine* the)
{
	while (the->promiseJobsPending) {
		the->promiseJobsPending = 0;
		fxRunPromiseJobs(the);
	}
}

void scriptRun(txMachine* the, txScript* script)
{
	fxBeginHost(the);
	mxTry(the)
	{
		bytecodeRun(the, script);
	}
	mxCatch(the)
	{
		fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
	}
	promiseJobsRun(the);
	fxEndHost(the);
	fxEndJob(the);
	fxCheckUnhandledRejections(the, 1);
}

static void slotIntoFlash(txSlot* slot)
{
	switch (slot->kind) {
	case XS_STRING_KIND:
		slot->kind = XS_STRING_X_KIND;
		break;
	case XS_BIGINT_KIND:
		slot->kind = XS_BIGINT_X_KIND;
		break;
	case XS_KEY_KIND:
		slot->kind = XS_KEY_X_KIND;
		break;
	case XS_CODE_KIND:
		slot->kind = XS_CODE_X_KIND;
		break;
	case XS_ARRAY_BUFFER_KIND:
		slot->flag |= XS_DONT_SET_FLAG;
		break;
	}
}

// What a board's linker does to preloaded slots: strings, names and code become constants, which no collector follows when a board's
// slot refers to them, and array buffers cannot be written.
static void heapIntoFlash(txMachine* rom)
{
	txSlot* heap;
	for (heap = rom->firstHeap; heap; heap = heap->next) {
		txSlot* slot;
		for (slot = heap + 1; slot < heap->value.reference; slot++) {
			slotIntoFlash(slot);
			if (slot->kind == XS_ARRAY_KIND && slot->value.array.address) {
				txSlot* item = slot->value.array.address;
				txSlot* end = item + fxGetIndexSize(rom, slot);
				while (item < end)
					slotIntoFlash(item++);
			}
		}
	}
}

txMachine* romNew(const txCreation* board)
{
	txCreation creation = { 4 << 20, 1 << 20, 1 << 17, 1 << 15, 8192, 4096, 4096, 0, 0, 65536, 1993, 0 };
	txMachine* rom;
	creation.nameModulo = board->nameModulo;
	creation.symbolModulo = board->symbolModulo;
	rom = fxCreateMachine(&creation, "rom", NULL, XS_NO_ID);
	if (!rom)
		fail(EXIT_USAGE, "no memory for the ROM machine");
	return rom;
}

void romShare(txMachine* rom)
{
	fxShareMachine(rom);
	heapIntoFlash(rom);
}

void boardNew(txCreation* creation, txMachine* rom)
{
	gHost.arena = arenaNew((size_t)creation->staticSize);
	gHost.machine = fxCloneMachine(creation, rom, "board", gHost.arena);
	if (!gHost.machine)
		fail(EXIT_ABORT + XS_NOT_ENOUGH_MEMORY_EXIT, "memory full: the machine itself does not fit into %u bytes", (unsigned)gHost.arena->sizeBytes);
	meterStart(gHost.machine);
}
