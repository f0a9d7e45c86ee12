// A NOR flash: reads anywhere, erases a block to ones, programs words, which only turns ones to zeros. Power may go between any two
// words, and in the middle of an erase. nor.c drives the emulated chip; a test puts another one under the same functions.
#ifndef GODWIT_NOR_H
#define GODWIT_NOR_H

#include <stdbool.h>
#include <stdint.h>

enum { NOR_BLOCK_BYTES = 0x40000, NOR_BLOCKS = 128, NOR_WORD_BYTES = 4 };

// All of it, in place.
const uint8_t* norBytes(void);
// `offset` and `count` in bytes, both multiples of a word. False: the chip reports a failure.
bool norProgram(uint32_t offset, const void* bytes, uint32_t count);
bool norErase(uint32_t block);

#endif
