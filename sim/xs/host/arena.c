// Memory of a machine, laid out as on an ESP32: one static block, slots growing down, chunks growing up. When they meet, the
// machine collects and compacts, gives the free end of the chunks back, tries once more, and then aborts.
#include "host.h"

#include <sys/resource.h>

enum { C_STACK_RESERVE = 256 * 1024, C_STACK_DEFAULT = 8 * 1024 * 1024 };

static char* cStackLimit;

Arena* arenaNew(size_t sizeBytes)
{
	Arena* arena = calloc(1, sizeof(Arena));
	sizeBytes &= ~(sizeof(txSlot) - 1);
	if (!arena || posix_memalign((void**)&arena->base, sizeof(txSlot), sizeBytes))
		fail(EXIT_USAGE, "no %zu bytes for the arena on this machine", sizeBytes);
	arena->sizeBytes = sizeBytes;
	arena->chunksEnd = arena->base;
	arena->slotsStart = arena->base + sizeBytes;
	return arena;
}

static size_t arenaFree(const Arena* arena)
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

void* fxAllocateChunks(txMachine* the, txSize size)
{
	Arena* arena = the->arena;
	txByte* result;
	if (!arena)
		return malloc((size_t)size);
	if (arenaFree(arena) < (size_t)size)
		return NULL; // XS has collected and compacted before it asks for more
	result = arena->chunksEnd;
	arena->chunksEnd += size;
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

void hostMachineStart(char* stackTop)
{
	struct rlimit limit;
	size_t sizeBytes = C_STACK_DEFAULT;
	if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < C_STACK_DEFAULT)
		sizeBytes = (size_t)limit.rlim_cur;
	cStackLimit = stackTop - sizeBytes + C_STACK_RESERVE;
}

char* fxCStackLimit(void)
{
	return cStackLimit;
}
