// `mqttclient/config` adds the MQTT client's descriptor to `device`; a board whose link is serial never opens it.
export {};
