// The emulated board: QEMU's machine "virt" with one RV32IMC hart. Its devices are those of hw/riscv/virt.c (QEMU 7.2):
// test finisher 0x100000, CLINT 0x2000000, PLIC 0xc000000, NS16550 0x10000000, flash (pflash1) 0x22000000.
#ifndef GODWIT_BOARD_H
#define GODWIT_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// image.S
typedef struct Image {
	uint32_t creation[12]; // txCreation's first members, in their order
	uint32_t isClosed; // a program that ends, with arguments and input behind the RAM; else the board lives on
	const uint8_t* rom;
	uint32_t romBytes;
	const uint8_t* program;
	uint32_t programBytes;
} Image;

extern const Image gImage;

// clock.c: ticks since the hart has power, 10 MHz; a reset does not set them back.
enum { TICKS_PER_MS = 10000 };
uint64_t clockTicks(void);
void clockStart(void);
uint64_t clockMsSinceStart(void);
void clockAlarmAt(uint64_t ticks);
void clockWait(void);
uint32_t clockEntropy(void);

// trap.c
void interruptsStart(void);
bool interruptsStop(void);
void interruptsRestore(bool were);
void boardReset(void) __attribute__((noreturn));
void boardEnd(int exitCode) __attribute__((noreturn));

// protect.c
void romProtect(void);

// watchdog.c: a round of the loop that does not end is a fault.
enum { WATCHDOG_MS = 8000 };
void watchdogStart(void);
void watchdogStop(void);
void watchdogAlarm(void);

// uart.c
enum { UART_FIFO_BYTES = 1024 };
void uartStart(void);
void uartInterrupt(void);
uint32_t uartReadable(void);
uint32_t uartWritable(void);
uint32_t uartRead(uint8_t* bytes, uint32_t count);
bool uartWrite(const uint8_t* bytes, uint32_t count);
// Past the ring: waits for the line, but not for ever.
void uartPutNow(uint8_t byte);
uint32_t uartDropped(void);
// Bytes received since the start, modulo 2^32.
uint32_t uartReceived(void);

// fault.c: why the last life ended.
void faultReset(const char* cause, const char* text) __attribute__((noreturn));
void faultKeep(void);

#endif
