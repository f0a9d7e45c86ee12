import type { AgentDefinition } from 'godwit/agent/definition';
import { DEFAULT_CHECKPOINT_EVERY_MS } from 'godwit/agent/host-away';
import type { OwnershipStore } from 'godwit/agent/ownership-store';
import { Reporter } from 'godwit/agent/reporter';
import { AgentRunner } from 'godwit/agent/runner';
import type { AgentRunnerOptions } from 'godwit/agent/runner-options';
import type { BoardSettings } from 'godwit/wire/settings';
import { CHANGED_IDENTITY, Enrolment } from './enrolment.js';
import { type FlashSlots, slotsFor } from './flash-slots.js';
import { FREE_RESTARTS, Health } from './health.js';
import { DOMAIN, Identity } from './identity.js';
import { Links, type LinksUser } from './links.js';
import type { BoardPlatform, KeyValue } from './platform.js';
import type { SerialTransport } from './serial-transport.js';
import type { FrameTransport } from './transport.js';
import { StoredTrial } from './turn-trial.js';

/** Frames that leave in one go of the loop, so that what comes in is served between them. */
export const FRAMES_PER_GO_MAX = 32;
/** Chips' timers do not fire more finely. */
const STEP_MS = 1;
/** While the link takes nothing, what is due may be a frame, and drained() will tell; turns are looked after so often. */
const FULL_STEP_MS = 5;
const LONGEST_WAIT_MS = 60_000;

/** Not enrolled: it answers enrolment on its serial line, and does nothing else. */
export const BOARD_UNENROLLED = 1;
/** Its program died again and again: the agent waits. */
export const BOARD_BACKING_OFF = 2;
/** The runner has the word: it waits for its host, or runs. */
export const BOARD_ACTIVE = 3;
/** It has pages that its host cannot use, or its host's store is old. Only another enrolment helps, not a restart. */
export const BOARD_FENCED = 4;

export interface BoardConfig {
  /** Used while the board was never enrolled: by tests, and by firmware with an identity built in. */
  readonly settings?: BoardSettings;
  /** Checkpoints for an agent that runs without its host, where the platform has a partition for them. Default true. */
  readonly checkpoint?: boolean;
  /** False: restarts cost no waiting, as for a board that a test resets all the time. Default true. */
  readonly backOff?: boolean;
  readonly runner?: Omit<
    AgentRunnerOptions,
    'boardId' | 'agentId' | 'vacant' | 'retired' | 'ownership' | 'bootNonce' | 'checkpoint' | 'trial'
  >;
}

/**
 * An agent on a board: who the board is, the agent's runner, the transport in use, and the loop that drives them. Its serial line is
 * always listened to for enrolment, whatever carries the link.
 */
export class Board implements LinksUser, OwnershipStore {
  readonly definition: AgentDefinition;
  phase = BOARD_UNENROLLED;
  runner: AgentRunner | undefined = undefined;
  readonly identity: Identity;
  readonly enrolment: Enrolment;
  readonly #platform: BoardPlatform;
  readonly #config: BoardConfig;
  readonly #keyValue: KeyValue;
  readonly bootNonce: number;
  readonly #health: Health;
  readonly #links: Links;
  readonly #trial: StoredTrial;
  #session = 0;
  #isRamReportDue = true;
  #checkpointError: unknown;
  #isBusy = false;
  readonly #wake = (): void => this.go();

  constructor(definition: AgentDefinition, platform: BoardPlatform, config: BoardConfig = {}) {
    this.definition = definition;
    this.#platform = platform;
    this.#config = config;
    this.#keyValue = platform.keyValue(DOMAIN);
    this.identity = new Identity(this.#keyValue);
    this.bootNonce = this.identity.bootNonce(platform.randomU32());
    this.#health = new Health(this.identity, platform.nowMs(), config.backOff ?? true);
    this.#trial = new StoredTrial(this.#keyValue, this.identity.fault !== '' || this.#health.restartsInARow > 0);
    this.enrolment = new Enrolment(definition, this.identity, (changed) => this.#enrolled(changed));
    const { settings } = this;
    if (settings !== undefined) this.identity.follow(settings);
    this.#links = new Links(platform, this.bootNonce, settings?.baud ?? 0, this);
    platform.onAbort?.((text) => this.identity.recordFault(text));
  }

  get settings(): BoardSettings | undefined {
    return this.enrolment.isEnrolled ? this.enrolment.settings.settings() : this.#config.settings;
  }

  get serial(): SerialTransport {
    return this.#links.serial;
  }

  /** What carries the agent's frames; undefined while it has no word. */
  get link(): FrameTransport | undefined {
    return this.#links.current;
  }

  /** Listens from now on, and runs the agent as soon as it may. */
  start(): void {
    this.#links.serial.open(this.#platform.nowMs());
    this.go();
  }

  /** Sends how much RAM is in use, if the build can tell. */
  reportRam(): void {
    this.#isRamReportDue = true;
    this.go();
  }

  // What the runner has stored; nobody else calls these

  /** What died of a turn died of another agent's. What is known of that one's line goes first: it would shut the new one out. */
  storeOwned(agentId: Uint8Array, epoch: number): boolean {
    this.#trial.forget();
    this.identity.forgetLine();
    return this.identity.ownership.storeOwned(agentId, epoch);
  }

  storeRetired(agentId: Uint8Array, epoch: number): void {
    this.#trial.forget();
    this.identity.ownership.storeRetired(agentId, Math.max(epoch, this.identity.epoch));
    this.identity.forgetLine();
  }

  // What the transports tell; nobody else calls these

  opened(transport: FrameTransport): void {
    if (transport === this.#links.current) this.runner?.connected(this.#platform.nowMs(), transport);
    this.go();
  }

  closed(transport: FrameTransport): void {
    if (transport === this.#links.current) this.runner?.disconnected(this.#platform.nowMs());
    this.go();
  }

  frame(transport: FrameTransport, bytes: Uint8Array, at: number, count: number): void {
    const nowMs = this.#platform.nowMs();
    const isEnrol = transport === this.#links.serial && this.enrolment.take(nowMs, bytes, at, count);
    if (!isEnrol && transport === this.#links.current) this.runner?.receive(nowMs, bytes, at, count);
    this.go();
  }

  /** What is due, what can leave, and when to go on: also after an error that some platform swallows. */
  go(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const nowMs = this.#platform.nowMs();
    try {
      this.#health.tick(nowMs);
      this.enrolment.tick(nowMs);
      this.#links.tick(nowMs);
      if (this.runner === undefined) this.#decide(nowMs);
      else this.#run(nowMs, this.runner);
      this.#sendEnrolled(nowMs);
      this.#sendLink(nowMs);
    } finally {
      this.#isBusy = false;
      const stepMs = this.#links.current?.ready() === false ? FULL_STEP_MS : STEP_MS;
      const waitMs = Math.max(stepMs, Math.ceil(this.#dueMs(nowMs) - nowMs));
      this.#platform.wakeAfter(Math.min(LONGEST_WAIT_MS, waitMs), this.#wake);
    }
  }

  /** What a board without a runner does. */
  #decide(nowMs: number): void {
    const { settings } = this;
    if (settings === undefined) this.phase = BOARD_UNENROLLED;
    // What was stored just now is followed in a moment: an agent that ran before would be in the way.
    else if (this.enrolment.isApplying) return;
    else if (this.identity.isFenced) this.phase = BOARD_FENCED;
    else if (nowMs < this.#health.runMs) this.phase = BOARD_BACKING_OFF;
    else this.#activate(nowMs, settings);
  }

  #activate(nowMs: number, settings: BoardSettings): void {
    const { identity } = this;
    const { ownership } = identity;
    const { runner: options } = this.#config;
    const checkpoint = this.#checkpointSlots();
    this.phase = BOARD_ACTIVE;
    this.runner = new AgentRunner(this.definition, {
      ...options,
      link: { ...options?.link, knownEpoch: identity.epoch, knownSession: identity.session },
      checkpointFirstMs: options?.checkpointEveryMs ?? DEFAULT_CHECKPOINT_EVERY_MS,
      boardId: settings.boardId,
      agentId: ownership.agentId,
      vacant: ownership.isVacant,
      ...(ownership.retired === undefined ? {} : { retired: ownership.retired }),
      ownership: this,
      bootNonce: this.bootNonce,
      trial: this.#trial,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    });
    this.#report(new Reporter(this.runner.link));
    this.#connect(nowMs, settings);
  }

  /** The link keeps one report until a session stands: the gravest. */
  #report(reporter: Reporter): void {
    const { restartsInARow, fault } = this.identity;
    if (this.#checkpointError !== undefined) reporter.checkpointsOff(this.#checkpointError);
    if (fault !== '' || restartsInARow > FREE_RESTARTS) reporter.restarted(restartsInARow, fault);
  }

  #run(nowMs: number, runner: AgentRunner): void {
    const { link } = runner;
    runner.tick(nowMs);
    if (link.session !== this.#session) {
      this.#session = link.session;
      if (link.session !== 0 && !link.isVacant) this.identity.entered(nowMs, link.epoch, link.session);
    }
    if (link.isFenced && this.phase !== BOARD_FENCED) {
      this.phase = BOARD_FENCED;
      this.identity.fence();
    }
    if (this.#isRamReportDue && !link.isReporting) this.#reportRam(runner);
  }

  #reportRam(runner: AgentRunner): void {
    this.#isRamReportDue = false;
    const text = this.#platform.ramReport?.();
    if (text !== undefined) new Reporter(runner.link).ram(text);
  }

  /** Without them the agent waits for its host; the operator hears why. */
  #checkpointSlots(): FlashSlots | undefined {
    try {
      return this.#config.checkpoint === false ? undefined : slotsFor(this.definition, this.#platform);
    } catch (error) {
      this.#checkpointError = error;
      return undefined;
    }
  }

  #connect(nowMs: number, settings: BoardSettings): void {
    const link = this.#links.choose(nowMs, settings);
    if (link.isOpen) this.runner?.connected(nowMs, link);
  }

  /** New settings were stored and answered. */
  #enrolled(changed: number): void {
    const nowMs = this.#platform.nowMs();
    const settings = this.settings!;
    this.identity.follow(settings);
    if ((changed & CHANGED_IDENTITY) !== 0 || this.identity.isFenced) {
      this.identity.forgetLine();
      // An agent's memory is never given another identity.
      if (this.runner !== undefined) {
        this.#platform.restart();
        return;
      }
    }
    if (changed === 0) return;
    if (this.#links.current !== undefined) this.runner?.disconnected(nowMs);
    this.#links.leave(nowMs, settings);
    if (this.runner !== undefined) this.#connect(nowMs, settings);
  }

  #sendEnrolled(nowMs: number): void {
    const { serial } = this.#links;
    while (serial.ready()) {
      const count = this.enrolment.poll(nowMs);
      if (count === 0) return;
      serial.send(this.enrolment.frame, 0, count);
    }
  }

  #sendLink(nowMs: number): void {
    const runner = this.runner;
    const link = this.#links.current;
    if (runner === undefined || link === undefined) return;
    for (let frames = 0; frames < FRAMES_PER_GO_MAX && link.ready(); frames++) {
      const count = runner.poll(nowMs);
      if (count === 0) return;
      link.send(runner.frame, 0, count);
    }
  }

  #dueMs(nowMs: number): number {
    const dueMs = Math.min(this.#health.dueMs(nowMs), this.enrolment.dueMs(nowMs), this.#links.dueMs(nowMs));
    return Math.min(dueMs, this.runner?.dueMs(nowMs) ?? Number.POSITIVE_INFINITY);
  }
}
