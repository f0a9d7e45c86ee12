// One record of the key-value storage's log, and its check; format in SPEC.md.
#ifndef GODWIT_KV_RECORD_H
#define GODWIT_KV_RECORD_H

#include "kv.h"

enum { RECORD_HEAD_BYTES = 12, KIND_VALUE = 0xa5, KIND_DELETED = 0x5a };
enum { RECORD_WORDS_MAX = (RECORD_HEAD_BYTES + KV_KEY_BYTES_MAX + KV_VALUE_BYTES_MAX) / 4 };

typedef struct Record {
	uint32_t at, kind, keyBytes, valueBytes, next;
	const uint8_t* key;
	const uint8_t* value;
} Record;

// That of IEEE 802.3; `crc` is 0, or what came before.
uint32_t crc32(uint32_t crc, const uint8_t* bytes, uint32_t count);
uint32_t wordAt(const uint8_t* bytes);
uint32_t recordBytes(uint32_t keyBytes, uint32_t valueBytes);
// Reads the head at `at`. False: there is none, so nothing behind it can be found either.
bool recordHead(const uint8_t* log, uint32_t at, Record* record);
bool recordIsWhole(const uint8_t* log, const Record* record);
// Makes a record of `recordBytes` in `words`.
void recordMake(uint32_t* words, uint32_t kind, const void* key, uint32_t keyBytes, const void* value, uint32_t valueBytes);

#endif
