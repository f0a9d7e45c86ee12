/** Default ports of the schemes that a broker's URL may have. */
export const BROKER_PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

/**
 * Reads a broker's URL.
 * @throws TypeError for anything but mqtt://HOST[:PORT] and mqtts://HOST[:PORT], with or without USER:PASSWORD@
 */
export function parseBrokerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    BROKER_PORTS[url.protocol] === undefined ||
    url.hostname === '' ||
    (url.pathname !== '' && url.pathname !== '/')
  ) {
    throw new TypeError(`"${text}" is no broker: give mqtt://HOST[:PORT] or mqtts://HOST[:PORT]`);
  }
  return url;
}

/** The URL as people may see it. */
export function withoutPassword(url: URL): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}
