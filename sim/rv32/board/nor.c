// Two 16-bit chips of Intel's command set side by side (CFI, pflash1 of QEMU's "virt"): a command goes to both halves of a word.
#include "nor.h"

#include <string.h>

#define NOR ((volatile uint32_t*)0x22000000)

enum { BOTH = 0x00010001, COMMAND_ERASE = 0x20, COMMAND_CONFIRM = 0xd0, COMMAND_PROGRAM = 0x40, COMMAND_CLEAR = 0x50, COMMAND_READ = 0xff };
enum { STATUS_READY = 0x80, STATUS_FAILED = 0x3a };

const uint8_t* norBytes(void)
{
	return (const uint8_t*)NOR;
}

static bool waitReady(volatile uint32_t* word)
{
	uint32_t status;
	do
		status = *word;
	while ((status & STATUS_READY * BOTH) != STATUS_READY * BOTH);
	return (status & STATUS_FAILED * BOTH) == 0;
}

static bool readAgain(volatile uint32_t* word, bool isDone)
{
	if (!isDone)
		*word = COMMAND_CLEAR * BOTH;
	*word = COMMAND_READ * BOTH;
	return isDone;
}

bool norProgram(uint32_t offset, const void* bytes, uint32_t count)
{
	volatile uint32_t* word = NOR + offset / NOR_WORD_BYTES;
	const uint8_t* from = bytes;
	bool isDone = true;
	for (; isDone && count > 0; count -= NOR_WORD_BYTES, from += NOR_WORD_BYTES, word++) {
		uint32_t value, old = *word;
		memcpy(&value, from, NOR_WORD_BYTES);
		if ((old & value) == old)
			continue;
		*word = COMMAND_PROGRAM * BOTH;
		*word = old & value; // QEMU's chip would set zeros to ones, a real one cannot
		isDone = readAgain(word, waitReady(word));
	}
	return isDone;
}

bool norErase(uint32_t block)
{
	volatile uint32_t* word = NOR + block * (NOR_BLOCK_BYTES / NOR_WORD_BYTES);
	*word = COMMAND_ERASE * BOTH;
	*word = COMMAND_CONFIRM * BOTH;
	return readAgain(word, waitReady(word));
}
