// What @moddable/typings 5.6.0 lacks. Shape: modules/io/wifi/esp32/wifi-esp32.{js,c} of SDK 8.2.
declare module 'embedded:network/interface/wifi' {
  class WiFi {
    constructor(options: { onChanged?: (this: WiFi, property: 'connection' | 'address') => void });
    connect(options: { SSID: string; password?: string }): void;
    disconnect(): void;
    close(): void;
    /** 200 idle, 300 connecting, 400 joined, 500 with an address. */
    readonly connection: number;
    readonly address: string | undefined;
    readonly MAC: string | undefined;
    readonly SSID: string | undefined;
    readonly RSSI: number | undefined;
  }
  export default WiFi;
}
