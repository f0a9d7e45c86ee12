#include "probe.h"
#include "board.h"
#include "kv.h"
#include "xsmc.h"

volatile Probe gProbe = { .magic = PROBE_MAGIC, .isBusy = 1 };

// Copies of the program's references, kept from the collector by fxRemember; their buffers move when chunks are compacted.
static txSlot stateSlot, wordsSlot;

static void remember(txMachine* the, txSlot* kept, const txSlot* slot)
{
	kept->kind = slot->kind;
	kept->value = slot->value;
	fxRemember(the, kept);
}

void probeRegister(txMachine* the, txSlot* state, txSlot* words)
{
	remember(the, &stateSlot, state);
	remember(the, &wordsSlot, words);
}

static uint32_t addressOf(txMachine* the, txSlot* slot, volatile uint32_t* sizeBytes)
{
	void* bytes;
	txUnsigned count;
	if (slot->kind != XS_REFERENCE_KIND)
		return 0;
	_xsmcGetBuffer((xsMachine*)the, (xsSlot*)slot, &bytes, &count, 0);
	*sizeBytes = count;
	return (uint32_t)(uintptr_t)bytes;
}

void probeKeep(txMachine* the)
{
	uint32_t wordBytes = 0;
	gProbe.stateAddress = addressOf(the, &stateSlot, &gProbe.stateBytes);
	gProbe.wordsAddress = addressOf(the, &wordsSlot, &wordBytes);
	gProbe.wordCount = wordBytes / 4;
	gProbe.slots = the->currentHeapCount;
	gProbe.slotsPeak = the->peakHeapCount;
	gProbe.chunkBytes = (uint32_t)the->currentChunksSize;
	gProbe.chunkBytesPeak = (uint32_t)the->peakChunksSize;
	gProbe.collections = (uint32_t)the->garbageCollectionCount;
	gProbe.arenaFreeBytes = arenaFree(the->arena);
	gProbe.serialDropped = uartDropped();
	gProbe.keyValueDamaged = gKvCounters.damaged;
	gProbe.keyValueFormats = gKvCounters.formats;
	gProbe.rounds++;
}
