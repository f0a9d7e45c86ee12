// The SDK's modules as far as the firmware names them, for this repository's own type check. `godwit check firmware` takes the SDK's
// declarations instead.
declare module 'system' {}
declare module 'mqttclient/config' {}
declare module 'embedded:io/serial' {
  const Serial: unknown;
  export default Serial;
}
declare module 'embedded:network/interface/wifi' {
  const Wifi: unknown;
  export default Wifi;
}
declare module 'embedded:storage/flash' {
  const storage: { open(options: { path: string }): unknown };
  export default storage;
}
declare module 'embedded:storage/key-value' {
  const storage: { open(options: { path: string; format: string }): unknown };
  export default storage;
}
declare module 'mc/config' {
  const config: unknown;
  export default config;
}
declare module 'instrumentation' {
  const Instrumentation: { map(name: string): number | undefined; get(index: number): number | undefined };
  export default Instrumentation;
}
declare module 'time' {
  const Time: { readonly ticks: number };
  export default Time;
}
declare module 'timer' {
  class Timer {
    private constructor();
    static set(callback: (timer: Timer) => void, delayMs?: number, repeatMs?: number): Timer;
    static schedule(timer: Timer, delayMs?: number, repeatMs?: number): void;
  }
  export default Timer;
}
