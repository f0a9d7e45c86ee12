export interface Chip {
  /** As on the command line and in ESP-IDF: "esp32c3". */
  readonly name: string;
  /** esp_chip_id_t of ESP-IDF's esp_app_format.h: in the header of every image. */
  readonly imageId: number;
  /** Where its ROM looks for the bootloader. */
  readonly bootloaderAddress: number;
}

/** The chips that the Moddable SDK builds for. */
export const CHIPS: readonly Chip[] = [
  { name: 'esp32', imageId: 0, bootloaderAddress: 0x1000 },
  { name: 'esp32s2', imageId: 2, bootloaderAddress: 0x1000 },
  { name: 'esp32c3', imageId: 5, bootloaderAddress: 0 },
  { name: 'esp32s3', imageId: 9, bootloaderAddress: 0 },
  { name: 'esp32c6', imageId: 13, bootloaderAddress: 0 },
  { name: 'esp32h2', imageId: 16, bootloaderAddress: 0 },
];

/** The chip of a name in any spelling: "ESP32-C3", "esp32c3". */
export function chipNamed(text: string): Chip | undefined {
  const name = text.toLowerCase().replaceAll('-', '');
  return CHIPS.find((chip) => chip.name === name);
}

export function chipOfImage(imageId: number): Chip | undefined {
  return CHIPS.find((chip) => chip.imageId === imageId);
}

export function hexAddress(address: number): string {
  return `0x${address.toString(16)}`;
}
