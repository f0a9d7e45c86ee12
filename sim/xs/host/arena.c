// Memory of a machine, laid out as on an ESP32: one static block, slots growing down, chunks growing up. When they meet, the
// machine collects and compacts, gives the free end of the chunks back, tries once more, and then aborts.
#include "host.h"

Arena* arenaNew(size_t sizeBytes)
{
	Arena* arena = calloc(1, sizeof(Arena));
	sizeBytes &= ~(sizeof(txSlot) - 1);
	if (!arena || !(arena->base = aligned_alloc(sizeof(txSlot), sizeBytes)))
		fail(EXIT_USAGE, "no %zu bytes for the arena on this machine", sizeBytes);
	arena->sizeBytes = sizeBytes;
	arena->chunksEnd = arena->base;
	arena->slotsStart = arena->base + sizeBytes;
	return arena;
}

size_t arenaFree(const Arena* arena)
{
	return (size_t)(arena->slotsStart - arena->chunksEnd);
}

// The newest chunk block ends where free memory starts; after a compaction its unused end can serve slots.
static void arenaReclaimChunks(txMachine* the)
{
	Arena* arena = the->arena;
	txBlock* block = the->firstBlock;
	fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
	if (block && block->limit == arena->chunksEnd) {
		the->maximumChunksSize -= (txSize)(block->limit - block->current);
		block->limit = block->current;
		arena->chunksEnd = block->current;
	}
}

// XS has collected and compacted before it asks for more. A block that ends where free memory starts only grows by what it lacks: XS
// finds its limit at the address it is given and adds `size` to it, and to the maximum.
void* fxAllocateChunks(txMachine* the, txSize size)
{
	Arena* arena = the->arena;
	txBlock* block = the->firstBlock;
	txByte* result;
	txSize unused = 0;
	if (!arena)
		return malloc((size_t)size);
	if (block && block->limit == arena->chunksEnd) {
		unused = (txSize)sizeof(txBlock) + (txSize)(block->limit - block->current);
		if (unused > size)
			unused = size;
	}
	if (arenaFree(arena) < (size_t)(size - unused))
		return NULL;
	result = arena->chunksEnd - unused;
	arena->chunksEnd += size - unused;
	if (unused) {
		block->limit = result;
		the->maximumChunksSize -= unused;
	}
	return result;
}

txSlot* fxAllocateSlots(txMachine* the, txSize count)
{
	Arena* arena = the->arena;
	size_t sizeBytes = (size_t)count * sizeof(txSlot);
	if (!arena)
		return malloc(sizeBytes);
	if (arenaFree(arena) < sizeBytes && the->firstHeap)
		arenaReclaimChunks(the);
	if (arenaFree(arena) < sizeBytes)
		return NULL;
	arena->slotsStart -= sizeBytes;
	return (txSlot*)arena->slotsStart;
}

void fxFreeChunks(txMachine* the, void* chunks)
{
	if (!the->arena)
		free(chunks);
}

void fxFreeSlots(txMachine* the, void* slots)
{
	if (!the->arena)
		free(slots);
}

void fxCreateMachinePlatform(txMachine* the)
{
	the->arena = the->context;
	the->promiseJobsPending = 0;
}

void fxDeleteMachinePlatform(txMachine* the)
{
	(void)the;
}
