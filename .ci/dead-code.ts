/**
 * Finds exports that nothing needs: neither the product's own code, nor the package's users (package.json "exports").
 * A test's use doesn't make product code needed: code that only its test calls is dead. Prints one line per finding and
 * ends with 1 when there are any.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const productFolders = ['src', 'webhook', 'controller', 'config'];
const testFolder = 'test';

/** Who names a symbol, its own declaration, imports and re-exports aside. */
interface Uses {
  inProduct: boolean;
  inTests: boolean;
}

function main(): void {
  const program = loadProgram();
  const checker = program.getTypeChecker();
  const modules = program.getSourceFiles().filter((file) => isIn(file, [...productFolders, testFolder]));
  const names = new Set(modules.flatMap((module) => exportsOf(module, checker).map(({ name }) => name)));
  const uses = collectUses(modules, names, checker);
  const published = publishedSymbols(program, checker);
  const findings = modules.flatMap((module) => unneededExports(module, checker, uses, published));
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  if (findings.length > 0) process.exitCode = 1;
}

function loadProgram(): ts.Program {
  const configPath = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(configPath, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts.createProgram(fileNames, options);
}

function isIn(file: ts.SourceFile, folders: readonly string[]): boolean {
  const path = relative(root, file.fileName);
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

/** @param names what can be exported symbols; resolving every identifier of the program takes ten times as long */
function collectUses(
  modules: readonly ts.SourceFile[],
  names: ReadonlySet<string>,
  checker: ts.TypeChecker,
): Map<ts.Symbol, Uses> {
  const uses = new Map<ts.Symbol, Uses>();
  const use = (symbol: ts.Symbol | undefined, node: ts.Node, module: ts.SourceFile): void => {
    if (symbol === undefined) return;
    const target = resolve(symbol, checker);
    if (target.declarations?.some((declaration) => contains(declaration, node, module))) return;
    const entry = uses.get(target) ?? { inProduct: false, inTests: false };
    uses.set(target, entry);
    if (isIn(module, productFolders)) entry.inProduct = true;
    else entry.inTests = true;
  };
  for (const module of modules) visit(module, module);
  return uses;

  function visit(node: ts.Node, module: ts.SourceFile): void {
    // Importing or re-exporting a name is no use of it.
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isIdentifier(node) && names.has(node.text)) {
      for (const symbol of symbolsAt(node, checker)) use(symbol, node, module);
    }
    ts.forEachChild(node, (child) => {
      visit(child, module);
    });
  }
}

function contains(declaration: ts.Declaration, node: ts.Node, module: ts.SourceFile): boolean {
  return declaration.getSourceFile() === module && declaration.pos <= node.pos && node.end <= declaration.end;
}

function symbolsAt(node: ts.Identifier, checker: ts.TypeChecker): (ts.Symbol | undefined)[] {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return [checker.getShorthandAssignmentValueSymbol(parent)];
  // `const { name } = await import('./module.ts')`
  if (
    ts.isBindingElement(parent) &&
    ts.isObjectBindingPattern(parent.parent) &&
    node !== parent.initializer
  ) {
    return [
      checker.getTypeAtLocation(parent.parent).getProperty((parent.propertyName ?? parent.name).getText()),
    ];
  }
  return [checker.getSymbolAtLocation(node)];
}

/** What the package's entry points export: the library's interface. */
function publishedSymbols(program: ts.Program, checker: ts.TypeChecker): Set<ts.Symbol> {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string>;
  };
  const published = new Set<ts.Symbol>();
  for (const target of Object.values(manifest.exports)) {
    const source = join(root, target.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts'));
    const module = program.getSourceFile(source);
    if (module === undefined)
      throw new Error(`package.json exports ${target}, but there is no ${relative(root, source)}`);
    for (const exported of exportsOf(module, checker)) {
      const symbol = resolve(exported, checker);
      published.add(symbol);
      // `export * as types from …` publishes every name of that module.
      if (symbol.flags & ts.SymbolFlags.ValueModule)
        for (const member of checker.getExportsOfModule(symbol)) published.add(resolve(member, checker));
    }
  }
  return published;
}

function exportsOf(module: ts.SourceFile, checker: ts.TypeChecker): ts.Symbol[] {
  const symbol = checker.getSymbolAtLocation(module);
  return symbol === undefined ? [] : checker.getExportsOfModule(symbol);
}

function resolve(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function unneededExports(
  module: ts.SourceFile,
  checker: ts.TypeChecker,
  uses: ReadonlyMap<ts.Symbol, Uses>,
  published: ReadonlySet<ts.Symbol>,
): string[] {
  return exportsOf(module, checker).flatMap((symbol) => {
    const declaration = symbol.declarations?.find((candidate) => candidate.getSourceFile() === module);
    // A default export is read by the tool that the module configures; a re-export is judged where it is declared.
    if (declaration === undefined || symbol.flags & ts.SymbolFlags.Alias || symbol.name === 'default')
      return [];
    if (published.has(symbol)) return [];
    const use = uses.get(symbol);
    if (use?.inProduct || (use?.inTests && !isIn(module, productFolders))) return [];
    const { line } = module.getLineAndCharacterOfPosition(declaration.getStart());
    const who = use?.inTests ? 'tests only' : 'nothing';
    return [`${relative(root, module.fileName)}:${line + 1}: ${symbol.name} is exported but used by ${who}`];
  });
}

main();
