// Interrupts of the UART (through the PLIC) and of the timer; everything else that comes here is a fault of the program.
#include "board.h"

#include <stdio.h>

#define FINISHER ((volatile uint32_t*)0x00100000)
#define PLIC_PRIORITY ((volatile uint32_t*)0x0c000000)
#define PLIC_ENABLE ((volatile uint32_t*)0x0c002000)
#define PLIC_THRESHOLD ((volatile uint32_t*)0x0c200000)
#define PLIC_CLAIM ((volatile uint32_t*)0x0c200004)

enum { UART_SOURCE = 10, MIE_TIMER = 1 << 7, MIE_EXTERNAL = 1 << 11, MSTATUS_MIE = 1 << 3 };
enum { INTERRUPT_TIMER = 0x80000007, INTERRUPT_EXTERNAL = 0x8000000b };
enum { FINISHER_FAIL = 0x3333, FINISHER_PASS = 0x5555, FINISHER_RESET = 0x7777 };

void interruptsStart(void)
{
	clockAlarmAt(UINT64_MAX);
	PLIC_PRIORITY[UART_SOURCE] = 1;
	PLIC_ENABLE[0] = 1 << UART_SOURCE;
	PLIC_THRESHOLD[0] = 0;
	__asm__ volatile("csrs mie, %0" ::"r"(MIE_TIMER | MIE_EXTERNAL));
	__asm__ volatile("csrs mstatus, %0" ::"r"(MSTATUS_MIE));
}

bool interruptsStop(void)
{
	uint32_t before;
	__asm__ volatile("csrrc %0, mstatus, %1" : "=r"(before) : "r"(MSTATUS_MIE) : "memory");
	return (before & MSTATUS_MIE) != 0;
}

void interruptsRestore(bool were)
{
	if (were)
		__asm__ volatile("csrs mstatus, %0" ::"r"(MSTATUS_MIE) : "memory");
}

void boardReset(void)
{
	for (;;)
		*FINISHER = FINISHER_RESET;
}

void boardEnd(int exitCode)
{
	for (;;)
		*FINISHER = exitCode == 0 ? FINISHER_PASS : (uint32_t)exitCode << 16 | FINISHER_FAIL;
}

// Exception codes of the Privileged Architecture 1.12, table 3.6.
static const char* const EXCEPTIONS[] = { "instruction address misaligned", "instruction access", "illegal instruction", "breakpoint",
	"load address misaligned", "load access", "store address misaligned", "store access" };

void trapHandle(uint32_t cause, uint32_t address, uint32_t value)
{
	char text[96];
	if (cause == (uint32_t)INTERRUPT_EXTERNAL) {
		uint32_t source = PLIC_CLAIM[0];
		if (source == UART_SOURCE)
			uartInterrupt();
		PLIC_CLAIM[0] = source;
		return;
	}
	if (cause == (uint32_t)INTERRUPT_TIMER) {
		clockAlarmAt(UINT64_MAX);
		watchdogAlarm();
		return;
	}
	snprintf(text, sizeof(text), "%s at %08x, value %08x",
		cause < sizeof(EXCEPTIONS) / sizeof(*EXCEPTIONS) ? EXCEPTIONS[cause] : "unknown exception", (unsigned)address, (unsigned)value);
	faultReset("trap", text);
}
