import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { SerialPort } from 'serialport';
import type { BoardSettings } from '../../src/wire/settings.js';
import { topicUp } from '../../src/wire/topics.js';
import type { BoardDescription } from '../enrol/board-description.js';
import { ENROL_TIMEOUT_MS, enrollBoard, queryBoard } from '../enrol/enrol-client.js';
import { EnrolError } from '../enrol/enrol-error.js';
import { packSettings } from '../enrol/pack-settings.js';
import { BROKER_PORTS, parseBrokerUrl } from '../transports/broker-url.js';
import { portTrouble } from '../transports/port-trouble.js';
import { openSerialPort } from '../transports/serial-port.js';
import type { EnrollFlags } from './enroll.js';
import { CommandFailed, WrongUsage } from './failure.js';
import type { SerialPath } from './options.js';
import { printable, printJson } from './output.js';
import { readSecret, STANDARD_INPUT } from './secret.js';

const SHORT_NAME_CHARS = 8;
const NEW_NAME_CHARS = 8;
const ID_BYTES = 16;

type Network = Pick<BoardSettings, 'ssid' | 'wifiPassword' | 'brokerHost' | 'brokerPort' | 'user' | 'password'>;

/** What `godwit enroll` does. */
export async function enroll(flags: EnrollFlags): Promise<void> {
  if (flags.show) {
    refuseWithShow(flags);
    await withPort(flags.port, async (port) => tell(await queryBoard(port, { timeoutMs: flags.wait ?? ENROL_TIMEOUT_MS }), flags));
    return;
  }
  const network = networkOf(flags);
  // What is wrong whatever the board says is told before the port is opened.
  pack(settingsFor(flags, network, undefined));
  warnOfLongName(flags.name);
  await withPort(flags.port, (port) => enrolOn(port, flags, network));
}

async function enrolOn(port: SerialPort, flags: EnrollFlags, network: Network): Promise<void> {
  const options = { timeoutMs: flags.wait ?? ENROL_TIMEOUT_MS, replace: flags.replace === true };
  const before = await queryBoard(port, options);
  if (before.isEnrolled && !options.replace)
    throw new CommandFailed(
      `it is board ${before.boardId} already (${before.agentId === '' ? 'vacant' : `agent ${before.agentId}`}, ${before.link} ${printable(before.linkName)}): --replace gives it other settings`,
    );
  const settings = settingsFor(flags, network, before.isEnrolled ? before : undefined);
  pack(settings);
  tell(await enrollBoard(port, settings, options), flags);
}

/** Ids, name and link stay those of the board where nothing else is said; passwords cannot: no board tells them. */
function settingsFor(flags: EnrollFlags, network: Network, board: BoardDescription | undefined): BoardSettings {
  const boardId = idOf(flags.boardId, board?.boardId);
  const name = flags.name ?? board?.linkName ?? boardId.toString('hex', 0, NEW_NAME_CHARS / 2);
  const link = flags.link ?? (board?.link || 'serial');
  return { boardId, agentId: agentIdOf(flags, board), linkName: name, link, baud: flags.baud ?? 0, ...network };
}

/** A vacant board stays vacant, unless it is given an agent. */
function agentIdOf(flags: EnrollFlags, board: BoardDescription | undefined): Buffer {
  const isVacant = flags.agentId === undefined && (flags.vacant === true || board?.agentId === '');
  return isVacant ? Buffer.alloc(ID_BYTES) : idOf(flags.agentId, board?.agentId);
}

function idOf(given: string | undefined, present: string | undefined): Buffer {
  const id = given ?? present ?? 'random';
  return id === 'random' ? randomBytes(ID_BYTES) : Buffer.from(id, 'hex');
}

/** Everything about Wi-Fi and broker, with the passwords fetched from where they are. */
function networkOf(flags: EnrollFlags): Network {
  if (flags.wifiPasswordFile === STANDARD_INPUT && flags.brokerPasswordFile === STANDARD_INPUT)
    throw new WrongUsage('standard input holds one password: give the other in a file or in the environment');
  if (flags.link === 'mqtt' && (flags.wifi === undefined || flags.broker === undefined))
    throw new WrongUsage('--link mqtt needs --wifi and --broker');
  return { ...wifiOf(flags), ...brokerOf(flags) };
}

function wifiOf({ wifi, wifiPasswordFile, wifiOpen }: EnrollFlags): Pick<Network, 'ssid' | 'wifiPassword'> {
  if (wifi === undefined) {
    if (wifiPasswordFile !== undefined || wifiOpen) throw new WrongUsage('--wifi-password-file and --wifi-open go with --wifi');
    return { ssid: '', wifiPassword: '' };
  }
  if (wifiOpen && wifiPasswordFile !== undefined) throw new WrongUsage('a network with --wifi-open has no --wifi-password-file');
  if (wifi === '') throw new WrongUsage('--wifi is empty');
  const wifiPassword = wifiOpen ? '' : readSecret('the Wi-Fi password', wifiPasswordFile, 'GODWIT_WIFI_PASSWORD');
  if (wifiPassword === undefined)
    throw new WrongUsage(
      'say where the Wi-Fi password is: --wifi-password-file FILE (- for standard input), $GODWIT_WIFI_PASSWORD, or --wifi-open',
    );
  return { ssid: wifi, wifiPassword };
}

function brokerOf({ broker, brokerPasswordFile }: EnrollFlags): Omit<Network, 'ssid' | 'wifiPassword'> {
  if (broker === undefined) {
    if (brokerPasswordFile !== undefined) throw new WrongUsage('--broker-password-file goes with --broker');
    return { brokerHost: '', brokerPort: 0, user: '', password: '' };
  }
  const url = brokerUrl(broker);
  const user = decodeURIComponent(url.username);
  const fromUrl = decodeURIComponent(url.password);
  if (fromUrl !== '')
    process.stderr.write('godwit: a password in --broker is seen by every user of this machine: better in --broker-password-file\n');
  const password = fromUrl || (user === '' && brokerPasswordFile === undefined ? '' : readBrokerPassword(brokerPasswordFile));
  if (password !== '' && user === '') throw new WrongUsage('a broker password needs a user: --broker mqtt://USER@HOST');
  return {
    brokerHost: url.hostname.replace(/^\[|\]$/g, ''),
    brokerPort: url.port === '' ? BROKER_PORTS[url.protocol]! : Number(url.port),
    user,
    password,
  };
}

function readBrokerPassword(file: string | undefined): string {
  return readSecret("the broker's password", file, 'GODWIT_BROKER_PASSWORD') ?? '';
}

function brokerUrl(text: string): URL {
  let url: URL;
  try {
    url = parseBrokerUrl(text);
    decodeURIComponent(url.username + url.password);
  } catch {
    // The text may hold a password.
    throw new WrongUsage('--broker is no broker: give mqtt://[USER@]HOST[:PORT]');
  }
  if (url.protocol !== 'mqtt:') throw new WrongUsage('--broker: boards speak MQTT without TLS, so mqtt://');
  return url;
}

function refuseWithShow(flags: EnrollFlags): void {
  const { port: _port, show: _show, wait: _wait, json: _json, ...settings } = flags;
  const [odd] = Object.keys(settings);
  if (odd !== undefined)
    throw new WrongUsage(`--show only asks: leave --${odd.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} out`);
}

/** Settings that break a rule were typed wrongly, so far as the board has not been asked. */
function pack(settings: BoardSettings): void {
  try {
    packSettings(settings);
  } catch (error) {
    throw error instanceof EnrolError ? new WrongUsage(error.message) : error;
  }
}

function warnOfLongName(name: string | undefined): void {
  if (name === undefined || name.length <= SHORT_NAME_CHARS) return;
  const more = name.length - SHORT_NAME_CHARS;
  process.stderr.write(
    `godwit: the name is ${more} longer than ${SHORT_NAME_CHARS} characters: over MQTT every frame costs ${more} bytes more\n`,
  );
}

async function withPort(serial: SerialPath, use: (port: SerialPort) => Promise<void>): Promise<void> {
  let port: SerialPort;
  try {
    port = await openSerialPort(serial.path, serial.baud);
  } catch (error) {
    throw new CommandFailed(await portTrouble(serial.path, error));
  }
  try {
    await use(port);
  } catch (error) {
    throw error instanceof EnrolError ? new CommandFailed(`${serial.path}: ${error.message}`) : error;
  } finally {
    if (!port.destroyed) {
      const closed = once(port, 'close');
      port.destroy();
      await closed;
    }
  }
}

function tell(board: BoardDescription, { json, show }: EnrollFlags): void {
  if (json) printJson(board);
  else process.stdout.write(`${textOf(board, show === true).join('\n')}\n`);
}

function textOf(board: BoardDescription, isQuestion: boolean): string[] {
  const program = `${printable(board.agentName)}, ${board.stateBytes} bytes of state, fingerprint ${board.fingerprint}`;
  if (!board.isEnrolled) return [`program  ${program}`, 'board    not enrolled: it waits for godwit enroll'];
  const link = board.link === 'mqtt' ? `mqtt, topic ${topicUp(board.linkName)}` : `serial, name ${board.linkName}`;
  return [
    `program  ${program}`,
    `board    ${board.boardId}`,
    `agent    ${board.agentId || 'none: the board is vacant'}`,
    `link     ${link}`,
    ...(isQuestion ? [] : ['stored; the board follows it now']),
  ];
}
