// Time: the CLINT's mtime (10 MHz) and mtimecmp. The one alarm serves the loop's wait and the watchdog in turn.
#include "board.h"

#define MTIME ((volatile uint32_t*)0x0200bff8)
#define MTIMECMP ((volatile uint32_t*)0x02004000)
// Goldfish RTC: nanoseconds of the outside world; reading the low half latches the high one.
#define RTC ((volatile uint32_t*)0x00101000)

uint64_t clockTicks(void)
{
	uint32_t high, low;
	do {
		high = MTIME[1];
		low = MTIME[0];
	} while (high != MTIME[1]);
	return (uint64_t)high << 32 | low;
}

void clockAlarmAt(uint64_t ticks)
{
	MTIMECMP[1] = 0xffffffff; // no alarm in between (Privileged Architecture 1.12, 3.2.1)
	MTIMECMP[0] = (uint32_t)ticks;
	MTIMECMP[1] = (uint32_t)(ticks >> 32);
}

static uint64_t startTicks;

void clockStart(void)
{
	startTicks = clockTicks();
}

uint64_t clockMsSinceStart(void)
{
	return (clockTicks() - startTicks) / TICKS_PER_MS;
}

// Returns when an interrupt is pending, taken or not.
void clockWait(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

uint32_t clockEntropy(void)
{
	uint32_t low = RTC[0], high = RTC[1];
	uint64_t x = ((uint64_t)high << 32 | low) ^ clockTicks() << 20;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u; // finaliser of SplitMix64 (Steele et al. 2014)
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(x >> 32 ^ x);
}
