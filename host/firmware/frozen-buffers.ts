// A preloaded module is linked into flash: a typed array that it makes at module level is read-only on the board. That is right for a
// table, which is filled while the module is evaluated at build time, and wrong for everything that is written later.
import type { TypeScript } from './typescript.js';
import { TYPED_ARRAYS, WRITING_METHODS } from './xs-names.js';

export interface FrozenBuffer {
  readonly name: string;
  readonly source: TypeScript.SourceFile;
  readonly position: number;
  /** Where it would be written on the board. */
  readonly written: { readonly source: TypeScript.SourceFile; readonly position: number };
}

interface Candidate {
  readonly name: string;
  readonly node: TypeScript.Node;
  written?: FrozenBuffer['written'];
}

type Ts = typeof TypeScript;

/** Methods without a body to look into (the SDK's) that fill the buffer they are given. */
const FILLING_METHODS = /^(read|encodeInto|getRandomValues)/;

/** Module-level typed arrays of `sources` that code of any of them would write on the board. */
export function frozenBuffers(ts: Ts, sources: readonly TypeScript.SourceFile[], checker: TypeScript.TypeChecker): FrozenBuffer[] {
  return new BufferSearch(ts, checker).search(sources);
}

class BufferSearch {
  readonly #ts: Ts;
  readonly #checker: TypeScript.TypeChecker;
  readonly #candidates = new Map<TypeScript.Node, Candidate>();
  /** Whether a function writes into a parameter, by the parameter's declaration. */
  readonly #writes = new Map<TypeScript.Node, boolean>();

  constructor(ts: Ts, checker: TypeScript.TypeChecker) {
    this.#ts = ts;
    this.#checker = checker;
  }

  search(sources: readonly TypeScript.SourceFile[]): FrozenBuffer[] {
    for (const source of sources) this.#collect(source);
    for (const source of sources) this.#visit(source, false);
    return [...this.#candidates.values()].flatMap(({ name, node, written }) => {
      const source = node.getSourceFile();
      return written === undefined ? [] : [{ name, source, position: node.getStart(source), written }];
    });
  }

  #collect(source: TypeScript.SourceFile): void {
    const ts = this.#ts;
    const consider = (node: TypeScript.VariableDeclaration | TypeScript.PropertyDeclaration): void => {
      const type = node.initializer && this.#checker.getTypeAtLocation(node).getSymbol()?.name;
      if (TYPED_ARRAYS.has(type ?? '')) this.#candidates.set(node, { name: node.name.getText(source), node });
    };
    for (const statement of source.statements) {
      if (ts.isVariableStatement(statement)) statement.declarationList.declarations.forEach(consider);
      else if (ts.isClassDeclaration(statement)) {
        for (const member of statement.members) {
          if (ts.isPropertyDeclaration(member) && member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword))
            consider(member);
        }
      }
    }
  }

  #visit(node: TypeScript.Node, inFunction: boolean): void {
    if (inFunction) {
      for (const target of this.#writtenBy(node)) {
        const declaration = this.#declarationOf(target);
        const candidate = declaration && this.#candidates.get(declaration);
        const source = node.getSourceFile();
        if (candidate !== undefined) candidate.written ??= { source, position: node.getStart(source) };
      }
    }
    const enters = this.#ts.isFunctionLike(node) && !this.#isCalledHere(node);
    this.#ts.forEachChild(node, (child) => this.#visit(child, inFunction || enters));
  }

  #declarationOf(node: TypeScript.Expression): TypeScript.Declaration | undefined {
    let symbol = this.#checker.getSymbolAtLocation(node);
    if (symbol !== undefined && symbol.flags & this.#ts.SymbolFlags.Alias) symbol = this.#checker.getAliasedSymbol(symbol);
    return symbol?.valueDeclaration;
  }

  /** The buffers that an expression writes into: buffer[i] = ..., buffer[i]++, buffer.set(...), fill(buffer). */
  #writtenBy(node: TypeScript.Node): TypeScript.Expression[] {
    const ts = this.#ts;
    const element = (target: TypeScript.Expression): TypeScript.Expression[] => {
      if (ts.isNonNullExpression(target)) return element(target.expression);
      return ts.isElementAccessExpression(target) ? [target.expression] : [];
    };
    if (ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      const assigns = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
      return assigns ? element(node.left) : [];
    }
    if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) {
      const steps = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
      return steps ? element(node.operand) : [];
    }
    return ts.isCallExpression(node) ? this.#writtenByCall(node) : [];
  }

  #writtenByCall(node: TypeScript.CallExpression): TypeScript.Expression[] {
    const ts = this.#ts;
    const method = ts.isPropertyAccessExpression(node.expression) ? node.expression : undefined;
    const written = method !== undefined && WRITING_METHODS.test(method.name.text) ? [method.expression] : [];
    const callee = this.#checker.getResolvedSignature(node)?.declaration;
    const body = callee && (callee as { body?: TypeScript.Node }).body;
    for (const [index, argument] of node.arguments.entries()) {
      if (!ts.isIdentifier(argument) && !ts.isPropertyAccessExpression(argument)) continue;
      const parameter = callee?.parameters[index];
      const fills =
        body === undefined
          ? FILLING_METHODS.test(method?.name.text ?? '')
          : parameter && this.#isWritten(parameter as TypeScript.Node, body);
      if (fills) written.push(argument);
    }
    return written;
  }

  /** Whether `body` writes into its parameter, itself or through a function that it hands the parameter to. */
  #isWritten(parameter: TypeScript.Node, body: TypeScript.Node): boolean {
    const known = this.#writes.get(parameter);
    if (known !== undefined) return known;
    // Functions that call each other end here; a write is found on the way in.
    this.#writes.set(parameter, false);
    const visit = (node: TypeScript.Node): boolean =>
      this.#writtenBy(node).some((target) => this.#declarationOf(target) === parameter) || this.#ts.forEachChild(node, visit) === true;
    const written = visit(body);
    this.#writes.set(parameter, written);
    return written;
  }

  /** (() => { ... })() runs while the module is evaluated. */
  #isCalledHere({ parent }: TypeScript.Node): boolean {
    const { isParenthesizedExpression, isCallExpression } = this.#ts;
    return isParenthesizedExpression(parent) && isCallExpression(parent.parent) && parent.parent.expression === parent;
  }
}
