#include "kv-record.h"

#include <string.h>

uint32_t crc32(uint32_t crc, const uint8_t* bytes, uint32_t count)
{
	crc = ~crc;
	while (count-- > 0) {
		int bit;
		crc ^= *bytes++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
	}
	return ~crc;
}

uint32_t wordAt(const uint8_t* p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t recordBytes(uint32_t keyBytes, uint32_t valueBytes)
{
	return RECORD_HEAD_BYTES + ((keyBytes + valueBytes + 3) & ~3u);
}

bool recordHead(const uint8_t* log, uint32_t at, Record* record)
{
	uint32_t head;
	if (at + RECORD_HEAD_BYTES > KV_LOG_BYTES)
		return false;
	head = wordAt(log + at);
	if (head != ~wordAt(log + at + 4))
		return false;
	record->at = at;
	record->kind = head & 0xff;
	record->keyBytes = head >> 8 & 0xff;
	record->valueBytes = head >> 16;
	record->next = at + recordBytes(record->keyBytes, record->valueBytes);
	record->key = log + at + RECORD_HEAD_BYTES;
	record->value = record->key + record->keyBytes;
	return (record->kind == KIND_VALUE || record->kind == KIND_DELETED) && record->keyBytes > 0 && record->keyBytes <= KV_KEY_BYTES_MAX
		&& record->valueBytes <= KV_VALUE_BYTES_MAX && record->next <= KV_LOG_BYTES;
}

bool recordIsWhole(const uint8_t* log, const Record* record)
{
	const uint8_t* head = log + record->at;
	return wordAt(head + 8) == crc32(crc32(0, head, 4), record->key, record->keyBytes + record->valueBytes);
}

void recordMake(uint32_t* words, uint32_t kind, const void* key, uint32_t keyBytes, const void* value, uint32_t valueBytes)
{
	uint8_t* bytes = (uint8_t*)words;
	memset(bytes, 0xff, recordBytes(keyBytes, valueBytes));
	memcpy(bytes + RECORD_HEAD_BYTES, key, keyBytes);
	memcpy(bytes + RECORD_HEAD_BYTES + keyBytes, value, valueBytes);
	words[0] = kind | keyBytes << 8 | valueBytes << 16;
	words[1] = ~words[0];
	words[2] = crc32(crc32(0, bytes, 4), bytes + RECORD_HEAD_BYTES, keyBytes + valueBytes);
}
