import type { TypeScript } from './typescript.js';

/** A module that code needs at run time. */
export interface Import {
  readonly specifier: string;
  /** From 1. */
  readonly line: number;
  readonly position: number;
}

/**
 * What a file imports at run time: import, export from, import(). What TypeScript erases does not count: `import type`, and names that
 * are types alone, unless verbatimModuleSyntax keeps the import of an empty list. `isType` tells for a name of an import what it stands for.
 */
export function importsOf(
  ts: typeof TypeScript,
  source: TypeScript.SourceFile,
  options: TypeScript.CompilerOptions,
  isType: (name: TypeScript.Node) => boolean,
): Import[] {
  const found: Import[] = [];
  const add = (node: TypeScript.Expression): void => {
    if (!ts.isStringLiteralLike(node)) return;
    const position = node.getStart(source);
    found.push({ specifier: node.text, line: source.getLineAndCharacterOfPosition(position).line + 1, position });
  };
  const kept = (elements: readonly (TypeScript.ImportSpecifier | TypeScript.ExportSpecifier)[]): boolean =>
    options.verbatimModuleSyntax === true || elements.length === 0 || elements.some((each) => !each.isTypeOnly && !isType(each.name));

  const visit = (node: TypeScript.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const bindings = clause?.namedBindings;
      if (clause === undefined) add(node.moduleSpecifier);
      else if (clause.isTypeOnly) return;
      else if (clause.name !== undefined && (options.verbatimModuleSyntax === true || !isType(clause.name))) add(node.moduleSpecifier);
      else if (bindings !== undefined && (ts.isNamespaceImport(bindings) || kept(bindings.elements))) add(node.moduleSpecifier);
      return;
    }
    if (ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier === undefined || node.isTypeOnly) return;
      const clause = node.exportClause;
      if (clause === undefined || ts.isNamespaceExport(clause) || kept(clause.elements)) add(node.moduleSpecifier);
      return;
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0]) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
