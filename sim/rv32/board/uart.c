// NS16550 with two rings, served by interrupts. As on an ESP32, what arrives while the receive ring is full is dropped in silence, and
// a write takes all of its bytes or none.
#include "board.h"

#define UART ((volatile uint8_t*)0x10000000)

enum { DATA = 0, INTERRUPT_ENABLE = 1, FIFO_CONTROL = 2, LINE_CONTROL = 3, MODEM_CONTROL = 4, LINE_STATUS = 5 };
enum { ENABLE_RECEIVE = 1, ENABLE_TRANSMIT = 2, STATUS_READY = 1, STATUS_EMPTY = 0x20 };
// FIFOs on and cleared, interrupt at 14 bytes; without it QEMU hands over byte by byte, at 19 KB/s instead of 123.
enum { FIFO_SETTINGS = 0xc7, FIFO_DEPTH = 16, LINE_8N1 = 3, MODEM_READY = 0x0b };
// A line that nobody reads must not hold up what has to be said before a reset.
enum { PUT_TICKS_MAX = 100 * TICKS_PER_MS };

typedef struct Ring {
	volatile uint32_t head, tail; // counts of all bytes that came and went
	uint8_t bytes[UART_FIFO_BYTES];
} Ring;

static Ring receive, transmit;
static uint32_t dropped;

void uartStart(void)
{
	UART[INTERRUPT_ENABLE] = 0;
	UART[LINE_CONTROL] = LINE_8N1;
	UART[MODEM_CONTROL] = MODEM_READY;
	UART[FIFO_CONTROL] = FIFO_SETTINGS;
	UART[INTERRUPT_ENABLE] = ENABLE_RECEIVE;
}

static void receiveAll(void)
{
	while (UART[LINE_STATUS] & STATUS_READY) {
		uint8_t byte = UART[DATA];
		if (receive.head - receive.tail < UART_FIFO_BYTES)
			receive.bytes[receive.head++ % UART_FIFO_BYTES] = byte;
		else
			dropped++;
	}
}

static void transmitSome(void)
{
	int room = FIFO_DEPTH;
	if (UART[LINE_STATUS] & STATUS_EMPTY)
		while (room-- > 0 && transmit.tail != transmit.head)
			UART[DATA] = transmit.bytes[transmit.tail++ % UART_FIFO_BYTES];
	UART[INTERRUPT_ENABLE] = transmit.tail != transmit.head ? ENABLE_RECEIVE | ENABLE_TRANSMIT : ENABLE_RECEIVE;
}

void uartInterrupt(void)
{
	(void)UART[FIFO_CONTROL]; // reading the identification register ends a transmit interrupt
	receiveAll();
	transmitSome();
}

uint32_t uartReadable(void)
{
	return receive.head - receive.tail;
}

uint32_t uartWritable(void)
{
	return UART_FIFO_BYTES - (transmit.head - transmit.tail);
}

uint32_t uartDropped(void)
{
	return dropped;
}

uint32_t uartReceived(void)
{
	return receive.head;
}

uint32_t uartRead(uint8_t* bytes, uint32_t count)
{
	uint32_t available = uartReadable(), i;
	if (count > available)
		count = available;
	for (i = 0; i < count; i++)
		bytes[i] = receive.bytes[receive.tail++ % UART_FIFO_BYTES];
	return count;
}

bool uartWrite(const uint8_t* bytes, uint32_t count)
{
	uint32_t i;
	bool were;
	if (count > uartWritable())
		return false;
	for (i = 0; i < count; i++)
		transmit.bytes[(transmit.head + i) % UART_FIFO_BYTES] = bytes[i];
	were = interruptsStop();
	transmit.head += count;
	transmitSome();
	interruptsRestore(were);
	return true;
}

// For programs that end, and for last words.
void uartPutNow(uint8_t byte)
{
	static bool isStuck;
	uint64_t limit = clockTicks() + (isStuck ? 0 : PUT_TICKS_MAX);
	while (!(UART[LINE_STATUS] & STATUS_EMPTY))
		if (clockTicks() >= limit) {
			isStuck = true;
			return;
		}
	UART[DATA] = byte;
}
