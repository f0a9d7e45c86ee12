import type { Access } from './access.js';
import { RecordArray, RecordRing, ValueArray, ValueRing } from './array.js';
import { BytesCodec, BytesColumn, BytesField } from './bytes.js';
import type { Codec } from './codec.js';
import { ArrayElements, Column, type Elements, RingElements } from './elements.js';
import type { ArrayLayout, BlobLayout, MapLayout, RecordLayout, RingLayout, ScalarLayout, TypeLayout } from './layout.js';
import { RecordMap, ValueMap } from './map.js';
import { IntegerKey, type MapKey, TextKey } from './map-key.js';
import { MapTable } from './map-table.js';
import { scalarCodec } from './scalars.js';
import { TextCodec } from './text.js';
import type { IntegerKind } from './types.js';

// A shape is made once per definition, at fixed offsets, and can be preloaded into flash: codecs, prototypes, layouts. create()
// makes the few objects in RAM that join it to one memory.

export interface Shape {
  create(access: Access): object;
}

/** Sealed objects whose properties read and write the state; one subclass per record of a schema. */
class RecordNode {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  static addProperty(prototype: RecordNode, name: string, codec: Codec<unknown>, offset: number): void {
    Object.defineProperty(prototype, name, {
      enumerable: true,
      get(this: RecordNode): unknown {
        return codec.get(this.#access, offset);
      },
      set(this: RecordNode, value: unknown): void {
        codec.set(this.#access, offset, value);
      },
    });
  }
}

export class RecordShape implements Shape {
  readonly #Node: typeof RecordNode;
  readonly #names: string[] = [];
  readonly #children: Shape[] = [];

  constructor(path: string, layout: RecordLayout, offset: number) {
    this.#Node = class extends RecordNode {};
    for (const field of layout.fields) {
      const fieldPath = path === '' ? field.name : `${path}.${field.name}`;
      const fieldOffset = offset + field.offset;
      const codec = valueCodec(fieldPath, field.layout);
      if (codec !== undefined) {
        RecordNode.addProperty(this.#Node.prototype, field.name, codec, fieldOffset);
      } else {
        this.#names.push(field.name);
        this.#children.push(shapeOf(fieldPath, field.layout, fieldOffset));
      }
    }
  }

  create(access: Access): object {
    const node = new this.#Node(access);
    for (let index = 0; index < this.#names.length; index++) addMember(node, this.#names[index]!, this.#children[index]!.create(access));
    return Object.seal(node);
  }
}

class BytesShape implements Shape {
  readonly #codec: BytesCodec;
  readonly #offset: number;

  constructor(path: string, layout: BlobLayout, offset: number) {
    this.#codec = new BytesCodec(path, layout.capacityBytes);
    this.#offset = offset;
  }

  create(access: Access): object {
    return Object.seal(new BytesField(access, this.#codec, this.#offset));
  }
}

class ArrayShape implements Shape {
  readonly #path: string;
  readonly #layout: ArrayLayout;
  readonly #offset: number;
  readonly #content: Content;

  constructor(path: string, layout: ArrayLayout, offset: number) {
    this.#path = path;
    this.#layout = layout;
    this.#offset = offset;
    this.#content = contentOf(path, layout.element, 0);
  }

  create(access: Access): object {
    const elements = new ArrayElements(access, this.#path, this.#layout, this.#offset);
    const { codec, columns } = this.#content;
    return columns.attach(codec === undefined ? new RecordArray(elements) : new ValueArray(elements, codec), elements);
  }
}

class RingShape implements Shape {
  readonly #path: string;
  readonly #layout: RingLayout;
  readonly #offset: number;
  readonly #content: Content;

  constructor(path: string, layout: RingLayout, offset: number) {
    this.#path = path;
    this.#layout = layout;
    this.#offset = offset;
    this.#content = contentOf(path, layout.element, 0);
  }

  create(access: Access): object {
    const elements = new RingElements(access, this.#path, this.#layout, this.#offset);
    const { codec, columns } = this.#content;
    const ring = codec === undefined ? new RecordRing(elements, this.#layout.element.sizeBytes) : new ValueRing(elements, codec);
    return columns.attach(ring, elements);
  }
}

class MapShape implements Shape {
  readonly #path: string;
  readonly #layout: MapLayout;
  readonly #offset: number;
  readonly #keyCodec: Codec<unknown>;
  readonly #content: Content;

  constructor(path: string, layout: MapLayout, offset: number) {
    this.#path = path;
    this.#layout = layout;
    this.#offset = offset;
    this.#keyCodec = valueCodec(path, layout.key)!;
    this.#content = contentOf(path, layout.value, layout.valueOffset);
  }

  create(access: Access): object {
    const table = new MapTable<unknown>(access, this.#path, this.#layout, this.#offset, this.#createKey(access));
    const { codec, columns } = this.#content;
    const { value, valueOffset } = this.#layout;
    const map = codec === undefined ? new RecordMap(table, valueOffset, value.sizeBytes) : new ValueMap(table, codec, valueOffset);
    return columns.attach(map, table);
  }

  #createKey(access: Access): MapKey<unknown> {
    const codec = this.#keyCodec as Codec<never>;
    const key =
      codec instanceof TextCodec
        ? new TextKey(access, codec)
        : new IntegerKey(access, this.#path, this.#layout.key.kind as IntegerKind, codec);
    return key as MapKey<unknown>;
  }
}

/** What an element holds: one value, or a record whose fields become columns. */
interface Content {
  readonly codec: Codec<unknown> | undefined;
  readonly columns: ColumnSet;
}

function contentOf(path: string, layout: TypeLayout, offset: number): Content {
  return { codec: valueCodec(path, layout), columns: new ColumnSet(path, layout.kind === 'record' ? layout : undefined, offset) };
}

interface ColumnPlan {
  readonly name: string;
  readonly offset: number;
  readonly content: Codec<unknown> | BytesCodec | ColumnSet;
}

class ColumnSet {
  readonly #plans: ColumnPlan[] = [];

  constructor(path: string, layout: RecordLayout | undefined, offset: number) {
    for (const field of layout?.fields ?? []) {
      const fieldPath = `${path}.${field.name}`;
      const fieldOffset = offset + field.offset;
      this.#plans.push({ name: field.name, offset: fieldOffset, content: columnContent(fieldPath, field.layout, fieldOffset) });
    }
  }

  attach(target: object, elements: Elements): object {
    for (let index = 0; index < this.#plans.length; index++) {
      const { name, offset, content } = this.#plans[index]!;
      addMember(target, name, createColumn(elements, content, offset));
    }
    return Object.seal(target);
  }
}

function columnContent(path: string, layout: TypeLayout, offset: number): ColumnPlan['content'] {
  if (layout.kind === 'record') return new ColumnSet(path, layout, offset);
  return layout.kind === 'bytes' ? new BytesCodec(path, layout.capacityBytes) : valueCodec(path, layout)!;
}

function createColumn(elements: Elements, content: ColumnPlan['content'], offset: number): object {
  if (content instanceof ColumnSet) return content.attach({}, elements);
  return Object.seal(content instanceof BytesCodec ? new BytesColumn(elements, content, offset) : new Column(elements, content, offset));
}

function addMember(target: object, name: string, value: object): void {
  Object.defineProperty(target, name, { value, enumerable: true });
}

function shapeOf(path: string, layout: TypeLayout, offset: number): Shape {
  switch (layout.kind) {
    case 'record':
      return new RecordShape(path, layout, offset);
    case 'array':
      return new ArrayShape(path, layout, offset);
    case 'ring':
      return new RingShape(path, layout, offset);
    case 'map':
      return new MapShape(path, layout, offset);
    default:
      return new BytesShape(path, layout as BlobLayout, offset);
  }
}

/** The codec of a type that is one value; undefined for all others. */
function valueCodec(path: string, layout: TypeLayout): Codec<unknown> | undefined {
  switch (layout.kind) {
    case 'record':
    case 'array':
    case 'ring':
    case 'map':
    case 'bytes':
      return undefined;
    case 'text':
      return new TextCodec(path, layout.capacityBytes) as Codec<unknown>;
    default:
      return scalarCodec((layout as ScalarLayout).kind, path) as Codec<unknown>;
  }
}
