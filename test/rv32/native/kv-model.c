// Key-value storage (sim/rv32/board/kv.c) on a NOR flash made of memory, against a model: random operations, power cut between any two
// words and within a word or an erase, bytes gone bad. Usage: kv-model SEED ROUNDS. Prints counts; exits 1 with what was wrong.
#include "kv.h"
#include "nor.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 15, VALUE_MAX = 3000, OPERATIONS = 60, CUT_WITHIN = 400 };

typedef struct Value {
	int isThere;
	uint32_t count;
	uint8_t bytes[VALUE_MAX];
} Value;

static uint8_t flash[KV_BLOCKS * NOR_BLOCK_BYTES];
static Value model[KEYS], written;
static int writtenKey = -1; // of the operation that is going on
static long stepsToCut = -1;
static jmp_buf cut;
static uint32_t state, largeEvery = 1;
static struct {
	long operations, cuts, erases, compactions, fulls, damaged;
} seen;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13; // xorshift (Marsaglia 2003)
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

const uint8_t* norBytes(void)
{
	return flash;
}

static int isCut(void)
{
	return stepsToCut >= 0 && stepsToCut-- == 0;
}

bool norProgram(uint32_t offset, const void* bytes, uint32_t count)
{
	const uint8_t* from = bytes;
	uint32_t i;
	if (offset % NOR_WORD_BYTES || count % NOR_WORD_BYTES)
		abort();
	for (i = 0; i < count; i++) {
		if (i % NOR_WORD_BYTES == 0 && isCut()) {
			for (; i < count && draw(4); i++)
				flash[offset + i] &= from[i] | (uint8_t)draw(256); // some of the bits
			longjmp(cut, 1);
		}
		flash[offset + i] &= from[i];
	}
	return true;
}

bool norErase(uint32_t block)
{
	uint8_t* start = flash + block * NOR_BLOCK_BYTES;
	seen.erases++;
	if (isCut()) {
		uint32_t i, kind = draw(3);
		for (i = 0; i < NOR_BLOCK_BYTES; i++)
			if (kind == 0 || (kind == 1 && i > NOR_BLOCK_BYTES / 3) || draw(8) == 0)
				start[i] |= (uint8_t)draw(256);
		longjmp(cut, 1);
	}
	memset(start, 0xff, NOR_BLOCK_BYTES);
	return true;
}

static void wrong(const char* what, int key)
{
	printf("wrong: %s, key %d\n", what, key);
	exit(1);
}

static const char* nameOf(int key)
{
	static char name[16];
	snprintf(name, sizeof(name), "godwit/k%d", key);
	return name;
}

static int equals(const Value* value, const uint8_t* bytes, uint32_t count)
{
	return bytes ? value->isThere && value->count == count && !memcmp(value->bytes, bytes, count) : !value->isThere;
}

// What is stored is what was written; what was being written when the power went is there wholly or not at all.
static void compare(void)
{
	uint32_t count = 0, position = 0, keyBytes, keys = 0, there = 0;
	int key;
	for (key = 0; key < KEYS; key++) {
		const uint8_t* bytes = kvRead(nameOf(key), &count);
		if (key == writtenKey && equals(&written, bytes, count))
			model[key] = written;
		else if (!equals(&model[key], bytes, count))
			wrong("a value differs", key);
		there += (uint32_t)model[key].isThere;
	}
	while (kvNext("godwit/", &position, &keyBytes))
		keys++;
	if (keys != there)
		wrong("the list of keys differs", (int)keys);
	writtenKey = -1;
}

static void operate(void)
{
	uint32_t i, kind = draw(10);
	KvResult result;
	writtenKey = (int)draw(KEYS);
	written.isThere = kind > 1;
	written.count = draw(largeEvery) == 0 ? draw(VALUE_MAX) : draw(24);
	for (i = 0; i < written.count; i++)
		written.bytes[i] = (uint8_t)draw(256);
	result = written.isThere ? kvWrite(nameOf(writtenKey), written.bytes, written.count) : kvDelete(nameOf(writtenKey));
	seen.operations++;
	if (result == KV_DONE)
		model[writtenKey] = written;
	else if (result == KV_FULL)
		seen.fulls++;
	else
		wrong("a write fails", writtenKey);
	writtenKey = -1;
}

static void lives(int rounds)
{
	while (rounds-- > 0) {
		volatile int operation;
		largeEvery = 1 + draw(6);
		stepsToCut = draw(3) ? (long)draw(CUT_WITHIN) : -1;
		if (setjmp(cut) == 0) {
			if (kvOpen() != KV_DONE)
				wrong("it does not open", -1);
			compare();
			for (operation = 0; operation < OPERATIONS; operation++)
				operate();
		} else
			seen.cuts++;
		stepsToCut = -1;
		if (kvOpen() != KV_DONE)
			wrong("it does not open", -1);
		compare();
	}
}

// Bytes that went bad: it opens, and every value is one that was once written whole; here each value names itself in every byte.
static void decay(int rounds)
{
	while (rounds-- > 0) {
		uint32_t count = 0, flips = 1 + draw(200), i;
		uint8_t bytes[32];
		int key;
		for (key = 0; key < KEYS; key++) {
			memset(bytes, key * 16 + (int)draw(16), sizeof(bytes));
			if (kvWrite(nameOf(key), bytes, sizeof(bytes)) != KV_DONE)
				wrong("a write fails", key);
		}
		for (i = 0; i < flips; i++)
			flash[draw(2) ? draw(2048) : draw(sizeof(flash))] ^= (uint8_t)(1 << draw(8));
		if (kvOpen() != KV_DONE)
			wrong("it does not open", -1);
		for (key = 0; key < KEYS; key++) {
			const uint8_t* value = kvRead(nameOf(key), &count);
			for (i = 0; value && i < count; i++)
				if (count != sizeof(bytes) || value[i] / 16 != key || value[i] != value[0])
					wrong("a value that nobody wrote", key);
		}
	}
}

int main(int argc, char** argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 0, key;
	state = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) * 2654435761u | 1 : 1;
	lives(rounds);
	seen.compactions = gKvCounters.compactions;
	seen.damaged = gKvCounters.damaged;
	for (key = 0; key < KEYS; key++)
		if (kvDelete(nameOf(key)) != KV_DONE)
			wrong("a key stays", key);
	memset(flash, 0, sizeof(flash)); // as a new flash file is
	if (kvOpen() != KV_DONE)
		wrong("it does not open", -1);
	decay(rounds / 4);
	printf("{\"operations\":%ld,\"cuts\":%ld,\"erases\":%ld,\"compactions\":%ld,\"fulls\":%ld,\"damaged\":%ld,\"formats\":%u}\n", seen.operations,
		seen.cuts, seen.erases, seen.compactions, seen.fulls, seen.damaged, (unsigned)gKvCounters.formats);
	return 0;
}
