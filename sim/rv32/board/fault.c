// Why a life ended. The machine that failed is trusted with a few stores only: the record goes to RAM that a reset leaves alone, and the
// next life, which is sound, writes it to flash as the value of "godwit/fault": text, "cause: what".
#include "board.h"
#include "kv.h"

#include <stdio.h>
#include <string.h>

enum { FAULT_MAGIC = 0x544c4647, FAULT_TEXT_MAX = 160 };

static struct {
	uint32_t magic, sum;
	char text[FAULT_TEXT_MAX];
} record __attribute__((section(".noinit")));

static uint32_t sumOf(const char* text)
{
	uint32_t sum = 2166136261u; // FNV-1a
	while (*text)
		sum = (sum ^ (uint8_t)*text++) * 16777619u;
	return sum;
}

static void say(const char* text)
{
	while (*text)
		uartPutNow((uint8_t)*text++);
}

// One line on the UART between two zeros, so that it neither ends nor begins a frame; then the board starts again.
void faultReset(const char* cause, const char* text)
{
	size_t length;
	interruptsStop();
	snprintf(record.text, sizeof(record.text), "%s: %s", cause, text);
	length = strcspn(record.text, "\r\n");
	record.text[length] = 0;
	record.sum = sumOf(record.text);
	record.magic = FAULT_MAGIC;
	uartPutNow(0);
	say("godwit fault: ");
	say(record.text);
	say("\r\n");
	uartPutNow(0);
	boardReset();
}

void faultKeep(void)
{
	record.text[FAULT_TEXT_MAX - 1] = 0;
	if (record.magic == FAULT_MAGIC && record.sum == sumOf(record.text))
		kvWrite("godwit/fault", record.text, (uint32_t)strlen(record.text));
	record.magic = 0;
}
