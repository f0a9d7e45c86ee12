// Code, constants and bytecode lie in RAM here, but are flash on a board: physical memory protection (Privileged Architecture 1.12, 3.7)
// lets nobody write to them until the next reset, the machine mode included.
#include "board.h"

enum { READ = 1, EXECUTE = 4, TOP_OF_RANGE = 1 << 3, LOCKED = 1 << 7, SECOND_ENTRY_SHIFT = 8 };

extern const char __rom_start[], __rom_end[];

void romProtect(void)
{
	__asm__ volatile("csrw pmpaddr0, %0" ::"r"((uint32_t)(uintptr_t)__rom_start >> 2));
	__asm__ volatile("csrw pmpaddr1, %0" ::"r"((uint32_t)(uintptr_t)__rom_end >> 2));
	__asm__ volatile("csrw pmpcfg0, %0" ::"r"((READ | EXECUTE | TOP_OF_RANGE | LOCKED) << SECOND_ENTRY_SHIFT));
}
