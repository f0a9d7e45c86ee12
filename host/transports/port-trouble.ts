import { SerialPort } from 'serialport';

/** Why a serial port could not be opened, and what to do about it. */
export async function portTrouble(path: string, error: unknown): Promise<string> {
  const text = error instanceof Error ? error.message : String(error);
  if (/no such file|ENOENT|file not found/i.test(text)) return `there is no serial port ${path}; ${await known()}`;
  if (/permission|EACCES|access denied/i.test(text))
    return `${path} may not be opened: on Linux join the group that owns it (often "dialout") and log in anew`;
  if (/lock|busy|EBUSY|EAGAIN|temporarily unavailable/i.test(text))
    return `${path} is in use: end the program that holds it (godwit up, a monitor) and try again`;
  return `${path} cannot be opened: ${text.replace(/^Error:?\s*/, '')}`;
}

async function known(): Promise<string> {
  const paths = (await listPorts()).map((port) => port.path);
  return paths.length === 0 ? 'this machine has none' : `this machine has ${paths.join(', ')}`;
}

/** The serial ports of this machine; none where nothing can tell (serialport asks udevadm on Linux). */
export async function listPorts(): Promise<Awaited<ReturnType<typeof SerialPort.list>>> {
  try {
    return (await SerialPort.list()).filter((port) => port.pnpId !== undefined || port.vendorId !== undefined);
  } catch {
    return [];
  }
}
