#include "loop.h"
#include "board.h"
#include "probe.h"

enum { NEARLY_EMPTY_BYTES = 32 };

static txSlot listenerSlot;
static txID readableID, writableID, wakeID;
static uint64_t wakeTicks = UINT64_MAX;
static uint32_t readableTold;
static bool isWritableDue;

void loopNamesRegister(txMachine* rom)
{
	readableID = fxNewNameC(rom, "readable");
	writableID = fxNewNameC(rom, "writable");
	wakeID = fxNewNameC(rom, "wake");
}

void loopListen(txMachine* the, txSlot* listener)
{
	listenerSlot.kind = listener->kind;
	listenerSlot.value = listener->value;
	fxRemember(the, &listenerSlot);
	isWritableDue = true;
}

bool loopHasListener(void)
{
	return listenerSlot.kind == XS_REFERENCE_KIND;
}

// One alarm: a new one replaces the old one, a negative delay takes it away.
void loopWakeAfter(txNumber delayMs)
{
	wakeTicks = delayMs < 0 ? UINT64_MAX : clockTicks() + (uint64_t)(delayMs * TICKS_PER_MS);
}

void loopWritten(void)
{
	isWritableDue = true;
}

static bool hasReadable(void)
{
	return uartReadable() > 0 && uartReceived() != readableTold;
}

static bool hasWritable(void)
{
	return isWritableDue && uartWritable() >= UART_FIFO_BYTES - NEARLY_EMPTY_BYTES;
}

static bool hasWake(void)
{
	return clockTicks() >= wakeTicks;
}

// Numbers live on the stack: telling the program costs no slot.
static void tell(txMachine* the, txID method, txInteger count)
{
	fxBeginHost(the);
	mxTry(the)
	{
		mxPush(listenerSlot);
		mxDub();
		fxGetID(the, method);
		mxCall();
		mxPushInteger(count);
		mxRunCount(1);
		mxPop();
	}
	mxCatch(the)
	{
		fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
	}
	promiseJobsRun(the);
	fxEndHost(the);
	fxEndJob(the);
	fxCheckUnhandledRejections(the, 1);
}

static void tellNext(txMachine* the)
{
	if (hasReadable()) {
		readableTold = uartReceived();
		tell(the, readableID, (txInteger)uartReadable());
	} else if (hasWritable()) {
		isWritableDue = false;
		tell(the, writableID, (txInteger)uartWritable());
	} else if (hasWake()) {
		wakeTicks = UINT64_MAX;
		tell(the, wakeID, 0);
	}
}

static void rest(void)
{
	bool were;
	clockAlarmAt(wakeTicks);
	were = interruptsStop();
	if (!hasReadable() && !hasWritable() && !hasWake())
		clockWait(); // what is pending by now ends it, though it is taken only after the next line
	interruptsRestore(were);
}

void loopRun(txMachine* the)
{
	for (;;) {
		gProbe.isBusy = 1;
		watchdogStart();
		tellNext(the);
		watchdogStop();
		probeKeep(the);
		gProbe.isBusy = 0;
		rest();
	}
}
