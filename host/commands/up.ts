import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseBrokerUrl } from '../transports/broker-url.js';
import { EMULATED_BOARDS_MAX } from './emulation.js';
import { DEFAULT_BAUD, durationMs, examples, type SerialPath, serialPath, wholeNumber } from './options.js';

const SIM_BOARDS_MAX = 64;
const SEED_MAX = 0xffffffff;

export interface UpOptions {
  readonly data?: string;
  readonly mqtt?: string;
  readonly brokerPort: number;
  readonly apiPort: number;
  readonly serial?: readonly SerialPath[];
  readonly sim: number;
  readonly vacant: number;
  readonly emulate: number;
  readonly seed: number;
  readonly for?: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly demo?: boolean;
}

export function addUpCommand(program: Command): void {
  const port = wholeNumber(0, 65535);
  program
    .command('up')
    .description('run a host: take the commits of boards over MQTT and serial ports, and keep them')
    .option('--data <dir>', "the host's data folder (default: $GODWIT_DATA, or .godwit)")
    .option(
      '--mqtt <url>',
      'a broker, mqtt://HOST[:PORT] or mqtts://...; without it the host brings one of its own, on loopback',
      brokerUrl,
    )
    .option('--broker-port <port>', "port of the host's own broker; 0 takes a free one", port, 0)
    .option('--serial <path[:baud]>', `a serial port, ${DEFAULT_BAUD} baud if not given; may be repeated`, serialPath)
    .option('--api-port <port>', 'port of the API on loopback; 0 takes a free one', port, 0)
    .option('--sim <n>', 'add simulated boards with the example agents', wholeNumber(0, SIM_BOARDS_MAX), 0)
    .option('--vacant <n>', 'add simulated boards without an agent, to restore or migrate one to', wholeNumber(0, SIM_BOARDS_MAX), 0)
    .option(
      '--emulate <n>',
      'add 32-bit boards in QEMU with the example agents, each at a serial port (in a checkout of the repository)',
      wholeNumber(0, EMULATED_BOARDS_MAX),
      0,
    )
    .option('--seed <n>', 'seed of the simulated boards', wholeNumber(0, SEED_MAX), 1)
    .option('--for <time>', 'end after a time such as 10s', durationMs)
    .option('--json', 'print one JSON object at the end, and nothing else')
    .option('--verbose', 'log to stderr')
    .addOption(new Option('--demo', 'four simulated boards in a folder of their own; one of them loses its power').hideHelp())
    .addHelpText(
      'after',
      examples(
        'godwit up --serial /dev/ttyUSB0:921600',
        'godwit up --mqtt mqtt://broker.local --data /var/lib/godwit',
        'godwit up --sim 8 --for 30s',
        'godwit up --sim 2 --vacant 2',
        'godwit up --emulate 1 --for 20s',
      ),
    )
    .action(async (options: UpOptions) => (await import('./up-action.js')).up(options));
}

function brokerUrl(text: string): string {
  try {
    parseBrokerUrl(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
