// What picolibc leaves to the board: streams, time, and what XS calls on a system with files.
#include "board.h"
#include "channels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

static int putOut(char c, FILE* file)
{
	(void)file;
	channelPut(CHANNEL_STDOUT, (uint8_t)c);
	return 0;
}

static int putError(char c, FILE* file)
{
	(void)file;
	channelPut(CHANNEL_STDERR, (uint8_t)c);
	return 0;
}

static FILE out = FDEV_SETUP_STREAM(putOut, NULL, NULL, _FDEV_SETUP_WRITE);
static FILE error = FDEV_SETUP_STREAM(putError, NULL, NULL, _FDEV_SETUP_WRITE);

FILE* const stdin = NULL;
FILE* const stdout = &out;
FILE* const stderr = &error;

// A board knows no calendar: its clock starts at 0.
int gettimeofday(struct timeval* now, void* zone)
{
	uint64_t microseconds = clockTicks() / (TICKS_PER_MS / 1000);
	(void)zone;
	now->tv_sec = (time_t)(microseconds / 1000000);
	now->tv_usec = (suseconds_t)(microseconds % 1000000);
	return 0;
}

uint32_t modMilliseconds(void)
{
	return (uint32_t)(clockTicks() / TICKS_PER_MS);
}

char* realpath(const char* path, char* resolved)
{
	(void)path;
	(void)resolved;
	errno = ENOENT;
	return NULL;
}

void _exit(int code)
{
	boardEnd(code);
}
