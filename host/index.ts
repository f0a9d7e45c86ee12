// What a program that embeds the host uses: `import { Host } from 'godwit/host'`.

export type { BoardSettings } from '../src/wire/settings.js';
export { RemoteOperations } from './api/client.js';
export { DataFolder, type RunningHost } from './data-folder.js';
export type { BoardDescription } from './enrol/board-description.js';
export { type EnrolOptions, type EnrolReport, enrollBoard, queryBoard } from './enrol/enrol-client.js';
export { EnrolError, type EnrolReason } from './enrol/enrol-error.js';
export { Host, type HostEvent, type HostOptions } from './host.js';
export { type HostMeasure, measureHost } from './measure/host.js';
export { measureStore, type StoreMeasure } from './measure/store.js';
export { openOffline } from './offline.js';
export { type AgentRow, type AgentView, type Operations, Refusal, type SentMessage, type VerifyReport } from './operations.js';
export type {
  BoardRow,
  MoveOperations,
  MoveStarted,
  MoveView,
  RestorePreviewView,
  RetainedState,
  RollbackStarted,
  StatsView,
} from './operations-moves.js';
export { HostSessions } from './sessions/host-sessions.js';
export type { AgentOutput, HostListener, HostSessionsOptions, LinkEnd } from './sessions/types.js';
export { LevelStore } from './store/level-store.js';
export * from './store/store.js';
export { type EmbeddedBroker, startEmbeddedBroker } from './transports/embedded-broker.js';
export type { FrameLink, LinkUser, Transport } from './transports/frame-link.js';
export { MqttTransport } from './transports/mqtt.js';
export { SerialTransport } from './transports/serial.js';
export { type OpenStream, serialPort } from './transports/serial-port.js';
