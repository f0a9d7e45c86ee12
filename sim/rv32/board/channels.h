// One line, several streams: what a program that ends prints, reports and gives as its output. A byte 0x0e and a channel's letter
// switch; 0x0e twice is the byte itself. A board that lives on has one stream, and its text is dropped where the line is full.
#ifndef GODWIT_CHANNELS_H
#define GODWIT_CHANNELS_H

#include <stdint.h>

enum { CHANNEL_STDOUT = '1', CHANNEL_STDERR = '2', CHANNEL_OUTPUT = 'o', CHANNEL_COUNTERS = 'c', CHANNEL_INSTRUCTIONS = 'i', CHANNEL_SWITCH = 0x0e };

void channelPut(uint8_t channel, uint8_t byte);

#endif
