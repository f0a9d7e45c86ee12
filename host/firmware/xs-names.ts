// What JavaScript has and the engine on a board has not. Godwit's floor is XS 13.3, on which its core is tested; the SDK's own XS is newer.

/** Globals that no bare XS has, and what to use there. */
export const NO_GLOBALS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    console: 'use trace()',
    setTimeout: "use Timer.set of 'timer', or a timer of the agent's state",
    setInterval: "use Timer.repeat of 'timer', or a timer of the agent's state",
    clearTimeout: "use Timer.clear of 'timer'",
    clearInterval: "use Timer.clear of 'timer'",
    setImmediate: "use Timer.set of 'timer'",
    queueMicrotask: 'use Promise.resolve().then()',
    structuredClone: 'copy the fields',
    Intl: 'format by hand',
    TextEncoder: "use utf8Bytes and encodeUtf8 of 'godwit/state/utf8'",
    TextDecoder: "use decodeUtf8 of 'godwit/state/utf8'",
    performance: "use Time.ticks of 'time'",
    process: 'a board has none',
    Buffer: 'use Uint8Array',
    require: 'use import',
    __dirname: 'a board has no folders',
    __filename: 'a board has no files',
    global: 'use globalThis',
    window: 'a board has none',
    document: 'a board has none',
    fetch: "use a module of the SDK, such as 'embedded:network/http/client'",
    crypto: "use a module of the SDK, such as 'crypt'",
    URL: "use a module of the SDK, 'url'",
    URLSearchParams: "use a module of the SDK, 'url'",
    AbortController: 'use a flag',
    Event: 'call a function',
    EventTarget: 'call a function',
    WebSocket: "use a module of the SDK, 'embedded:network/websocket/client'",
    WebAssembly: 'a board has none',
    Worker: "use a module of the SDK, 'worker'",
    atob: 'decode by hand',
    btoa: 'encode by hand',
    localStorage: "use 'embedded:storage/key-value'",
    navigator: 'a board has none',
    Iterator: 'write a loop',
  }),
);

/** Properties of the language's own objects that came after XS 13.3. A name alone proves nothing: whose property it is decides. */
export const NO_PROPERTIES: ReadonlySet<string> = new Set([
  // ES2023
  ...['toSorted', 'toReversed', 'toSpliced', 'with'],
  // ES2024
  ...['groupBy', 'withResolvers', 'isWellFormed', 'toWellFormed', 'waitAsync'],
  // ES2025: iterator helpers, sets, Promise.try, RegExp.escape, Float16
  ...['map', 'filter', 'take', 'drop', 'flatMap', 'reduce', 'toArray', 'forEach', 'some', 'every', 'find'],
  ...['union', 'intersection', 'difference', 'symmetricDifference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom'],
  ...['try', 'escape', 'f16round', 'getFloat16', 'setFloat16'],
  // later
  ...['fromAsync', 'toHex', 'fromHex', 'setFromHex', 'toBase64', 'fromBase64', 'setFromBase64', 'dispose', 'asyncDispose', 'isError'],
]);

/** Those that nobody names a method of their own: enough where types are unknown. */
export const NO_PROPERTIES_ANYWHERE: ReadonlySet<string> = new Set([
  ...['toSorted', 'toReversed', 'toSpliced', 'withResolvers', 'isWellFormed', 'toWellFormed', 'waitAsync', 'symmetricDifference'],
  ...['isSubsetOf', 'isSupersetOf', 'isDisjointFrom', 'f16round', 'getFloat16', 'setFloat16'],
]);

export const TYPED_ARRAYS: ReadonlySet<string> = new Set([
  ...['Uint8Array', 'Uint8ClampedArray', 'Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array', 'Float32Array'],
  ...['Float64Array', 'BigInt64Array', 'BigUint64Array', 'DataView', 'ArrayBuffer', 'SharedArrayBuffer'],
]);

/** Methods that write into a typed array, a DataView or a buffer. */
export const WRITING_METHODS = /^(set|fill|copyWithin|sort|reverse|resize|transfer|set(Ui|I)nt(8|16|32)|set(Big(Ui|I)nt64|Float(32|64)))$/;
