#include "channels.h"
#include "board.h"

void channelPut(uint8_t channel, uint8_t byte)
{
	static uint8_t current = CHANNEL_STDOUT;
	if (!gImage.isClosed) {
		uartWrite(&byte, 1);
		return;
	}
	if (channel != current) {
		uartPutNow(CHANNEL_SWITCH);
		uartPutNow(current = channel);
	}
	if (byte == CHANNEL_SWITCH)
		uartPutNow(CHANNEL_SWITCH);
	uartPutNow(byte);
}
