// MQTT topics: godwit/NAME/u from the board, godwit/NAME/d to it. NAME is the link name given at enrolment; 8 characters or fewer keep
// the smallest delta within 40 bytes. The frame is the payload of the PUBLISH, as it is.
import { LINK_NAME_CHARS_MAX } from './constants.js';

const PREFIX = 'godwit/';
const SUFFIX_UP = '/u';
const SUFFIX_DOWN = '/d';

/** What a host subscribes to. */
export const TOPIC_FILTER_UP = 'godwit/+/u';

/** 1 to 32 characters of A-Z a-z 0-9 _ - */
export function isLinkName(name: string): boolean {
  return name.length >= 1 && name.length <= LINK_NAME_CHARS_MAX && /^[A-Za-z0-9_-]+$/.test(name);
}

export function topicUp(name: string): string {
  return PREFIX + checked(name) + SUFFIX_UP;
}

export function topicDown(name: string): string {
  return PREFIX + checked(name) + SUFFIX_DOWN;
}

/** The link name in a board's topic, or undefined when it is no such topic. */
export function linkNameOfUp(topic: string): string | undefined {
  return nameOf(topic, SUFFIX_UP);
}

/** The link name in a host's topic, or undefined when it is no such topic. */
export function linkNameOfDown(topic: string): string | undefined {
  return nameOf(topic, SUFFIX_DOWN);
}

function nameOf(topic: string, suffix: string): string | undefined {
  if (!topic.startsWith(PREFIX) || !topic.endsWith(suffix)) return undefined;
  const name = topic.slice(PREFIX.length, -suffix.length);
  return isLinkName(name) ? name : undefined;
}

function checked(name: string): string {
  if (!isLinkName(name))
    throw new RangeError(`link name ${JSON.stringify(name)}: 1 to ${LINK_NAME_CHARS_MAX} characters of A-Z a-z 0-9 _ -`);
  return name;
}
