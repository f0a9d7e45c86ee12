// Two 16-bit chips of Intel's command set side by side (CFI, pflash1 of QEMU's "virt"): a command goes to both halves of a word.
#include "nor.h"

#include <string.h>

#define NOR ((volatile uint32_t*)0x22000000)

enum { BOTH = 0x00010001, COMMAND_ERASE = 0x20, COMMAND_CONFIRM = 0xd0, COMMAND_PROGRAM = 0x40, COMMAND_CLEAR = 0x50, COMMAND_READ = 0xff };
// Words that are programmed between two reads of the flash.
enum { AT_ONCE_WORDS = 64 };
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

// What lies there is read before the first command: every way to and from reading is a slow change of QEMU's memory map.
static bool programSome(volatile uint32_t* word, const uint8_t* bytes, uint32_t words)
{
	uint32_t old[AT_ONCE_WORDS], i;
	bool isDone = true;
	for (i = 0; i < words; i++)
		old[i] = word[i];
	for (i = 0; isDone && i < words; i++) {
		uint32_t value;
		memcpy(&value, bytes + i * NOR_WORD_BYTES, NOR_WORD_BYTES);
		if ((old[i] & value) == old[i])
			continue;
		word[i] = COMMAND_PROGRAM * BOTH;
		word[i] = old[i] & value; // QEMU's chip would set zeros to ones, a real one cannot
		isDone = waitReady(word + i);
	}
	return readAgain(word, isDone);
}

bool norProgram(uint32_t offset, const void* bytes, uint32_t count)
{
	volatile uint32_t* word = NOR + offset / NOR_WORD_BYTES;
	const uint8_t* from = bytes;
	uint32_t left = count / NOR_WORD_BYTES;
	while (left > 0) {
		uint32_t words = left < AT_ONCE_WORDS ? left : AT_ONCE_WORDS;
		if (!programSome(word, from, words))
			return false;
		word += words;
		from += words * NOR_WORD_BYTES;
		left -= words;
	}
	return true;
}

bool norErase(uint32_t block)
{
	volatile uint32_t* word = NOR + block * (NOR_BLOCK_BYTES / NOR_WORD_BYTES);
	*word = COMMAND_ERASE * BOTH;
	*word = COMMAND_CONFIRM * BOTH;
	return readAgain(word, waitReady(word));
}
