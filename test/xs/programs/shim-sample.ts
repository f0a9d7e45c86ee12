// A suite for the shim itself: what passes must pass, what fails must fail, and each under its own name.
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';

const events: string[] = [];

describe('passes', () => {
  beforeAll(() => void events.push('all'));
  beforeEach(() => void events.push('each'));
  afterEach(() => void events.push('after'));
  afterAll(() => void events.push('end'));

  it('compares', () => {
    expect(1).toBe(1);
    expect(Number.NaN).toBe(Number.NaN);
    expect(0).not.toBe(-0);
    expect({ a: [1, new Uint8Array([2])], b: undefined }).toEqual({ a: [1, new Uint8Array([2])] });
    expect({ a: 1, b: undefined }).not.toStrictEqual({ a: 1 });
    expect(new Map([[1, { x: 2 }]])).toEqual(new Map([[1, { x: 2 }]]));
    expect([1, 2]).not.toEqual([2, 1]);
    expect(new Uint8Array([1])).not.toEqual(new Uint16Array([1]));
    expect([1, 2, 3]).toContain(2);
    expect([{ a: 1 }]).toContainEqual({ a: 1 });
    expect({ a: 1, b: 2 }).toMatchObject({ a: 1 });
    expect('abc').toMatch(/b/);
    expect([1, 2]).toHaveLength(2);
    expect(0.1 + 0.2).toBeCloseTo(0.3);
    expect(undefined).toBeUndefined();
    expect(null).toBeNull();
    expect(3).toBeGreaterThan(2);
    expect(new RangeError('x')).toBeInstanceOf(RangeError);
  });

  it('catches', () => {
    const fail = () => {
      throw new RangeError('offset 5 passes the end');
    };
    expect(fail).toThrow();
    expect(fail).toThrow('offset 5');
    expect(fail).toThrow(/offset \d/);
    expect(fail).toThrow(RangeError);
    expect(fail).not.toThrow(TypeError);
    expect(() => {}).not.toThrow();
  });

  it('waits', async () => {
    await expect(Promise.resolve(4)).resolves.toBe(4);
    await expect(Promise.reject(new Error('no'))).rejects.toThrow('no');
  });

  it.each([
    [1, 2],
    [3, 4],
  ])('rows %i < %i', (small, large) => {
    expect(small).toBeLessThan(large);
  });

  test('ran its hooks', () => {
    expect(events.slice(0, 4)).toEqual(['all', 'each', 'after', 'each']);
  });
});

describe('properties', () => {
  it('hold', () => {
    const command = fc.record({ at: fc.nat(1000), bytes: fc.uint8Array({ maxLength: 40 }), flag: fc.boolean(), text: fc.string() });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), (commands) => {
        expect(commands.every(({ at, bytes }) => at <= 1000 && bytes.length <= 40)).toBe(true);
      }),
    );
  });

  it('hold in sequence', async () => {
    await fc.assert(fc.asyncProperty(fc.double(), async (value) => expect(value).toBe(await value)));
  });
});

describe('fails', () => {
  it('a comparison', () => expect({ a: 1 }).toEqual({ a: 2 }));
  it('a promise', async () => {
    await Promise.reject(new Error('rejected'));
  });
  it('a missing throw', () => expect(() => {}).toThrow('anything'));
  it('another message', () => {
    expect(() => {
      throw new Error('one');
    }).toThrow('two');
  });
  it('a property', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 100 }), (value) => value < 50));
  });
});
