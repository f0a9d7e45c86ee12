// What @moddable/typings 5.6.0 lacks. Imported for what it does: it sets the globals `System` and `device` (modules/io/system of SDK 8.2).
declare module 'system' {}
