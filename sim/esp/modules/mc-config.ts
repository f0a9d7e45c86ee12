export default { godwit: { serial: { port: 1, receive: 3, transmit: 1 } } };
