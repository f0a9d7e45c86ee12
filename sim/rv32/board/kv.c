// Records follow each other in one block; the newest of a key counts. When the log is full, what counts is written to the other block,
// whose header comes last: until then the old block is the one that counts, and after that it is erased, so that it never comes back.
#include "kv-record.h"
#include "nor.h"

#include <string.h>

enum { MAGIC = 0x314b5647, HEADER_BYTES = 12 };
// Values leave room for this, so that a full storage can be emptied.
enum { DELETED_BYTES_MAX = RECORD_HEAD_BYTES + KV_KEY_BYTES_MAX };

KvCounters gKvCounters;

static uint32_t block; // the one that counts
static uint32_t generation;
static uint32_t end; // where the next record goes, from the block's start

static const uint8_t* blockBytes(uint32_t which)
{
	return norBytes() + (KV_FIRST_BLOCK + which) * NOR_BLOCK_BYTES;
}

// The record that counts for a key, in any state but damaged.
static bool find(const uint8_t* log, const void* key, uint32_t keyBytes, uint32_t from, Record* found)
{
	Record record;
	bool isFound = false;
	for (; recordHead(log, from, &record); from = record.next)
		if (record.keyBytes == keyBytes && !memcmp(record.key, key, keyBytes) && recordIsWhole(log, &record)) {
			*found = record;
			isFound = true;
		}
	return isFound;
}

static bool isErased(const uint8_t* bytes, uint32_t count)
{
	while (count > 0 && *bytes == 0xff) {
		bytes++;
		count--;
	}
	return count == 0;
}

static bool putWords(uint32_t which, uint32_t at, const void* bytes, uint32_t count)
{
	return norProgram((KV_FIRST_BLOCK + which) * NOR_BLOCK_BYTES + at, bytes, count);
}

static KvResult putRecord(uint32_t which, uint32_t at, uint32_t kind, const void* key, uint32_t keyBytes, const void* value, uint32_t valueBytes)
{
	uint32_t words[RECORD_WORDS_MAX];
	recordMake(words, kind, key, keyBytes, value, valueBytes);
	return putWords(which, at, words, recordBytes(keyBytes, valueBytes)) ? KV_DONE : KV_FLASH_FAILED;
}

static bool putHeader(uint32_t which, uint32_t newGeneration)
{
	uint32_t words[HEADER_BYTES / 4] = { MAGIC, newGeneration, 0 };
	words[2] = crc32(0, (const uint8_t*)words, 8);
	return putWords(which, 0, words, HEADER_BYTES);
}

static bool headerIsWhole(uint32_t which, uint32_t* itsGeneration)
{
	const uint8_t* bytes = blockBytes(which);
	*itsGeneration = wordAt(bytes + 4);
	return wordAt(bytes) == MAGIC && wordAt(bytes + 8) == crc32(0, bytes, 8);
}

static bool erase(uint32_t which)
{
	return isErased(blockBytes(which), NOR_BLOCK_BYTES) || norErase(KV_FIRST_BLOCK + which);
}

// Goes from `*from` to the next record that is somebody's value, and behind it.
static bool nextLive(const uint8_t* log, uint32_t* from, Record* record)
{
	Record newest;
	while (recordHead(log, *from, record)) {
		*from = record->next;
		if (record->kind == KIND_VALUE && find(log, record->key, record->keyBytes, record->at, &newest) && newest.at == record->at)
			return true;
	}
	return false;
}

// Where a log of what counts would end.
static uint32_t compactEnd(void)
{
	const uint8_t* log = blockBytes(block);
	uint32_t from = HEADER_BYTES, at = HEADER_BYTES;
	Record record;
	while (nextLive(log, &from, &record))
		at += record.next - record.at;
	return at;
}

static KvResult compact(void)
{
	const uint8_t* log = blockBytes(block);
	uint32_t target = (block + 1) % KV_BLOCKS, at = HEADER_BYTES, from = HEADER_BYTES;
	Record record;
	if (!erase(target))
		return KV_FLASH_FAILED;
	while (nextLive(log, &from, &record)) {
		if (putRecord(target, at, KIND_VALUE, record.key, record.keyBytes, record.value, record.valueBytes) != KV_DONE)
			return KV_FLASH_FAILED;
		at += record.next - record.at;
	}
	if (!putHeader(target, generation + 1) || !erase(block))
		return KV_FLASH_FAILED;
	gKvCounters.compactions++;
	block = target;
	generation++;
	end = at;
	return KV_DONE;
}

static KvResult format(void)
{
	uint32_t which;
	gKvCounters.formats++;
	for (which = 0; which < KV_BLOCKS; which++)
		if (!erase(which))
			return KV_FLASH_FAILED;
	block = 0;
	generation = 1;
	end = HEADER_BYTES;
	return putHeader(block, generation) ? KV_DONE : KV_FLASH_FAILED;
}

KvResult kvOpen(void)
{
	uint32_t which, itsGeneration;
	bool isFound = false;
	const uint8_t* log;
	Record record;
	for (which = 0; which < KV_BLOCKS; which++)
		if (headerIsWhole(which, &itsGeneration) && (!isFound || (int32_t)(itsGeneration - generation) > 0)) {
			isFound = true;
			block = which;
			generation = itsGeneration;
		}
	if (!isFound)
		return format();
	if (!erase((block + 1) % KV_BLOCKS))
		return KV_FLASH_FAILED;
	log = blockBytes(block);
	for (end = HEADER_BYTES; recordHead(log, end, &record); end = record.next)
		if (!recordIsWhole(log, &record))
			gKvCounters.damaged++;
	if (isErased(log + end, NOR_BLOCK_BYTES - end))
		return KV_DONE;
	gKvCounters.damaged++; // a head that was cut: nothing may be written behind it
	return compact();
}

const uint8_t* kvRead(const char* key, uint32_t* sizeBytes)
{
	Record record;
	if (!find(blockBytes(block), key, (uint32_t)strlen(key), HEADER_BYTES, &record) || record.kind == KIND_DELETED)
		return NULL;
	*sizeBytes = record.valueBytes;
	return record.value;
}

static KvResult append(uint32_t kind, const char* key, const void* bytes, uint32_t sizeBytes)
{
	uint32_t keyBytes = (uint32_t)strlen(key), count = recordBytes(keyBytes, sizeBytes);
	uint32_t limit = kind == KIND_DELETED ? KV_LOG_BYTES : KV_LOG_BYTES - DELETED_BYTES_MAX;
	KvResult result = KV_DONE;
	Record record;
	if (end + count > limit)
		result = compactEnd() + count > limit ? KV_FULL : compact();
	if (result == KV_DONE) {
		result = putRecord(block, end, kind, key, keyBytes, bytes, sizeBytes);
		if (result == KV_DONE && !(recordHead(blockBytes(block), end, &record) && recordIsWhole(blockBytes(block), &record)))
			result = KV_FLASH_FAILED;
		end += count;
	}
	return result;
}

KvResult kvWrite(const char* key, const void* bytes, uint32_t sizeBytes)
{
	uint32_t oldBytes;
	const uint8_t* old;
	if (!*key || strlen(key) > KV_KEY_BYTES_MAX || sizeBytes > KV_VALUE_BYTES_MAX)
		return KV_WRONG_SIZE;
	old = kvRead(key, &oldBytes);
	if (old && oldBytes == sizeBytes && !memcmp(old, bytes, sizeBytes))
		return KV_DONE;
	return append(KIND_VALUE, key, bytes, sizeBytes);
}

KvResult kvDelete(const char* key)
{
	uint32_t sizeBytes;
	if (!*key || strlen(key) > KV_KEY_BYTES_MAX)
		return KV_WRONG_SIZE;
	return kvRead(key, &sizeBytes) ? append(KIND_DELETED, key, "", 0) : KV_DONE;
}

const char* kvNext(const char* prefix, uint32_t* position, uint32_t* keyBytes)
{
	uint32_t prefixBytes = (uint32_t)strlen(prefix);
	Record record;
	if (*position < HEADER_BYTES)
		*position = HEADER_BYTES;
	while (nextLive(blockBytes(block), position, &record))
		if (record.keyBytes >= prefixBytes && !memcmp(record.key, prefix, prefixBytes)) {
			*keyBytes = record.keyBytes;
			return (const char*)record.key;
		}
	return NULL;
}
