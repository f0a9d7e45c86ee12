import type { TypeScript } from './typescript.js';
import { NO_GLOBALS, NO_PROPERTIES, NO_PROPERTIES_ANYWHERE } from './xs-names.js';

/** What a board's engine would stumble over. */
export interface Finding {
  readonly rule: 'not-in-xs' | 'top-level-await' | 'linked-global';
  readonly position: number;
  readonly text: string;
}

/** Libraries of declarations that describe what came after XS 13.3, or what no board has. */
const NEWER_LIBRARY = /[\\/]lib\.(es2023|es2024|es2025|es2026|esnext|dom|webworker|scripthost)\b[^\\/]*$/;
/** @moddable/typings declares toHex and its like on Uint8Array: right for the SDK's XS, too new for the core's. */
const SDK_GLOBALS = /[\\/]xs(\.d)?\.ts$/;

/** Looks through one file. Without `checker` (JavaScript) names alone decide. */
export function findingsIn(ts: typeof TypeScript, source: TypeScript.SourceFile, checker: TypeScript.TypeChecker | undefined): Finding[] {
  const findings: Finding[] = [];
  const declared = checker === undefined ? declaredNames(ts, source) : undefined;
  const add = (rule: Finding['rule'], node: TypeScript.Node, text: string): void => {
    findings.push({ rule, position: node.getStart(source), text });
  };

  const isGlobal = (node: TypeScript.Identifier): boolean => {
    if (checker === undefined) return !declared!.has(node.text);
    const declarations = checker.getSymbolAtLocation(node)?.declarations ?? [];
    return declarations.every(
      (each) => each.getSourceFile().isDeclarationFile || (ts.getCombinedModifierFlags(each) & ts.ModifierFlags.Ambient) !== 0,
    );
  };

  const isNewer = (node: TypeScript.PropertyAccessExpression): boolean => {
    const declarations = checker?.getSymbolAtLocation(node.name)?.declarations;
    if (declarations === undefined) return NO_PROPERTIES_ANYWHERE.has(node.name.text);
    return declarations.every((each) => {
      const file = each.getSourceFile().fileName;
      return NEWER_LIBRARY.test(file) || (SDK_GLOBALS.test(file) && NO_PROPERTIES.has(node.name.text));
    });
  };

  const visit = (node: TypeScript.Node, inFunction: boolean): void => {
    if (ts.isTypeNode(node)) return;
    if (!inFunction && (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined))) {
      add('top-level-await', node, 'a preloaded module cannot wait while it is linked; move the await into a function');
    } else if (ts.isIdentifier(node) && isUse(ts, node) && NO_GLOBALS.has(node.text) && isGlobal(node)) {
      add('not-in-xs', node, `XS has no ${node.text}; ${NO_GLOBALS.get(node.text)}`);
    } else if (ts.isPropertyAccessExpression(node) && NO_PROPERTIES.has(node.name.text) && isNewer(node)) {
      add('not-in-xs', node.name, `XS 13.3 has no ${ownerOf(node)}${node.name.text}; write it out`);
    } else if (!inFunction && ts.isIdentifier(node) && node.text === 'globalThis' && !ts.isPropertyAccessExpression(node.parent)) {
      add('linked-global', node, "at module level this is the linker's global object, not the board's; use globalThis inside functions");
    } else if (hasFlagV(ts, node)) {
      add('not-in-xs', node, 'XS 13.3 has no RegExp flag v; use flag u');
    }
    const enters = ts.isFunctionLike(node);
    ts.forEachChild(node, (child) => visit(child, inFunction || enters));
  };
  const ownerOf = (node: TypeScript.PropertyAccessExpression): string =>
    ts.isIdentifier(node.expression) ? `${node.expression.text}.` : '';
  visit(source, false);
  return findings;
}

/** Whether an identifier stands for a value that it reads. */
function isUse(ts: typeof TypeScript, node: TypeScript.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node || isGlobalThis(ts, parent);
  if (ts.isTypeOfExpression(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !ts.isDeclarationStatement(parent) && (parent as { name?: TypeScript.Node }).name !== node && !ts.isQualifiedName(parent);
}

function isGlobalThis(ts: typeof TypeScript, { expression }: TypeScript.PropertyAccessExpression): boolean {
  let object: TypeScript.Expression = expression;
  while (ts.isParenthesizedExpression(object) || ts.isAsExpression(object) || ts.isNonNullExpression(object)) object = object.expression;
  return ts.isIdentifier(object) && object.text === 'globalThis';
}

function hasFlagV(ts: typeof TypeScript, node: TypeScript.Node): boolean {
  if (ts.isRegularExpressionLiteral(node)) return /\/[a-z]*v[a-z]*$/.test(node.text);
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'RegExp') return false;
  const flags = node.arguments?.[1];
  return flags !== undefined && ts.isStringLiteralLike(flags) && flags.text.includes('v');
}

function declaredNames(ts: typeof TypeScript, source: TypeScript.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: TypeScript.Node): void => {
    const name = (node as { name?: TypeScript.Node }).name;
    const declares = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isFunctionLike(node) || ts.isClassLike(node);
    const imports = ts.isImportClause(node) || ts.isImportSpecifier(node) || ts.isNamespaceImport(node) || ts.isBindingElement(node);
    if ((declares || imports) && name !== undefined && ts.isIdentifier(name)) names.add(name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}
