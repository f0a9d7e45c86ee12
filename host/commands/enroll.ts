import { type Command, InvalidArgumentError, Option } from 'commander';
import { BAUD_MAX, BAUD_MIN } from '../../src/wire/settings.js';
import { isLinkName } from '../../src/wire/topics.js';
import { DEFAULT_BAUD, durationMs, examples, type SerialPath, serialPath, wholeNumber } from './options.js';

export interface EnrollFlags {
  readonly port: SerialPath;
  readonly show?: boolean;
  readonly name?: string;
  readonly link?: 'serial' | 'mqtt';
  readonly baud?: number;
  readonly wifi?: string;
  readonly wifiPasswordFile?: string;
  readonly wifiOpen?: boolean;
  readonly broker?: string;
  readonly brokerPasswordFile?: string;
  readonly boardId?: string;
  readonly agentId?: string;
  readonly vacant?: boolean;
  readonly replace?: boolean;
  readonly wait?: number;
  readonly json?: boolean;
}

/** `godwit enroll`: who a board is and where its host is, over its serial port, into its flash. */
export function addEnrollCommand(program: Command): void {
  program
    .command('enroll')
    .description('tell a board over its serial port who it is and where its host is; it keeps that in its flash')
    .requiredOption('--port <path[:baud]>', `the board's serial port, ${DEFAULT_BAUD} baud if not given`, (text) => serialPath(text)[0]!)
    .option('--show', 'only ask the board who it is')
    .option('--name <name>', 'link name; up to 8 characters keep MQTT frames small (default: the beginning of the board id)', linkName)
    .addOption(new Option('--link <link>', 'what carries the link (default: serial)').choices(['serial', 'mqtt']))
    .option('--baud <rate>', "the board's serial speed from now on (default: that of its firmware)", wholeNumber(BAUD_MIN, BAUD_MAX))
    .option('--wifi <ssid>', 'the Wi-Fi network')
    .option('--wifi-password-file <file>', 'a file with its password, - for standard input (or set $GODWIT_WIFI_PASSWORD)')
    .option('--wifi-open', 'the network has no password')
    .option('--broker <url>', 'mqtt://[USER@]HOST[:PORT]')
    .option('--broker-password-file <file>', "a file with that user's password, - for standard input (or set $GODWIT_BROKER_PASSWORD)")
    .option('--board-id <id>', "32 hex digits, or random (default: the board's own, or random)", id)
    .addOption(new Option('--agent-id <id>', "32 hex digits, or random (default: the board's own, or random)").argParser(id))
    .addOption(new Option('--vacant', 'no agent: the board waits for one to be restored or migrated to it').conflicts('agentId'))
    .option('--replace', 'the board has settings already, and these take their place, all of them')
    .option('--wait <time>', 'how long to wait for an answer (default: 10s)', durationMs)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nPasswords are read from a file, standard input or the environment: arguments are seen by every user of this machine (ps), and\nshells keep them. End a host or monitor that holds the port first.\n${examples(
        'godwit enroll --port /dev/ttyUSB0 --show',
        'godwit enroll --port /dev/ttyUSB0 --name shed1',
        'godwit enroll --port /dev/ttyUSB1 --name spare --vacant',
        'godwit enroll --port /dev/ttyUSB0 --name shed1 --link mqtt --wifi Shed --wifi-password-file wifi.txt --broker mqtt://192.168.1.5',
        'godwit enroll --port /dev/ttyACM0 --replace --agent-id 5f0c8f8b6a3e4e0f9a7d2c1b0e4f6a88',
      )}`,
    )
    .action(async (flags: EnrollFlags) => (await import('./enroll-action.js')).enroll(flags));
}

function linkName(text: string): string {
  if (!isLinkName(text)) throw new InvalidArgumentError('Give 1 to 32 characters of A-Z a-z 0-9 _ -');
  return text;
}

function id(text: string): string {
  const given = text.toLowerCase();
  if (given !== 'random' && (!/^[0-9a-f]{32}$/.test(given) || /^0+$/.test(given)))
    throw new InvalidArgumentError('Give 32 hex digits, not all 0, or the word random.');
  return given;
}
