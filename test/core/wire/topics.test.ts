import { describe, expect, it } from 'vitest';
import { isLinkName, linkNameOfDown, linkNameOfUp, topicDown, topicUp } from '../../../src/wire/topics.js';

describe('MQTT topics', () => {
  it('name a link and a direction', () => {
    expect(topicUp('shed1')).toBe('godwit/shed1/u');
    expect(topicDown('shed1')).toBe('godwit/shed1/d');
    expect(linkNameOfUp('godwit/shed1/u')).toBe('shed1');
    expect(linkNameOfDown('godwit/shed1/d')).toBe('shed1');
  });

  it('nothing else is one', () => {
    for (const topic of [
      '',
      'godwit//u',
      'godwit/u',
      'godwit/a/b/u',
      'godwit/a+/u',
      'godwit/shed1/d',
      'other/shed1/u',
      'godwit/shed1/u/',
    ]) {
      expect(linkNameOfUp(topic)).toBe(undefined);
    }
    for (const name of ['', 'a b', 'a/b', '#', '+', 'é', 'x'.repeat(33)]) {
      expect(isLinkName(name)).toBe(false);
      expect(() => topicUp(name)).toThrow(RangeError);
    }
    expect(isLinkName('x'.repeat(32))).toBe(true);
  });
});
