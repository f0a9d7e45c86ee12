// What @moddable/typings 5.6.0 lacks. Imported for what it does: it sets device.network.mqtt (examples/io/tcp/mqttclient of SDK 8.2).
declare module 'mqttclient/config' {}
