// The loop tells when a round starts and when it ends; the timer's alarm inside a round means that it does not come back.
#include "board.h"

#include <stdio.h>

static volatile bool isWatching;

void watchdogStart(void)
{
	clockAlarmAt(clockTicks() + (uint64_t)WATCHDOG_MS * TICKS_PER_MS);
	isWatching = true; // not before: the alarm of the wait that has just ended may still be due
}

void watchdogStop(void)
{
	isWatching = false;
	clockAlarmAt(UINT64_MAX);
}

void watchdogAlarm(void)
{
	char text[64];
	if (!isWatching)
		return;
	snprintf(text, sizeof(text), "no end of a round for %d ms", WATCHDOG_MS);
	faultReset("watchdog", text);
}
