/**
 * Finds exports, and members of classes, that nothing needs: neither the product's own code, nor the package's users
 * (package.json "exports"). A member that is only written is not needed either. A test's use doesn't make product code needed: code that only its test calls is dead. Prints one line per finding and
 * ends with 1 when there are any.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const productFolders = ['src', 'webhook', 'controller', 'config'];
const TEST_FOLDER = 'test';
/** What is made for demo and tests: a test's use is one. */
const CONTROL_PLANE_FOLDER = 'src/control-plane';

/** Who names a symbol, its own declaration, imports and re-exports aside. */
interface Uses {
  inProduct: boolean;
  inTests: boolean;
}

function main(): void {
  const program = loadProgram();
  const checker = program.getTypeChecker();
  const modules = program.getSourceFiles().filter((file) => isIn(file, [...productFolders, TEST_FOLDER]));
  const names = new Set(modules.flatMap((module) => exportsOf(module, checker).map(({ name }) => name)));
  const uses = collectUses(modules, names, checker);
  const published = publishedSymbols(program, checker);
  const findings = [
    ...modules.flatMap((module) => unneededExports(module, checker, uses, published)),
    ...unneededMembers(modules, checker, published),
  ];
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  if (findings.length > 0) process.exitCode = 1;
}

function loadProgram(): ts.Program {
  const configPath = join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(configPath, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  return ts.createProgram(fileNames, options);
}

function isIn(file: ts.SourceFile, folders: readonly string[]): boolean {
  const path = relative(ROOT, file.fileName);
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
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Record<string, string>;
  };
  const published = new Set<ts.Symbol>();
  for (const target of Object.values(manifest.exports)) {
    const source = join(ROOT, target.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts'));
    const module = program.getSourceFile(source);
    if (module === undefined)
      throw new Error(`package.json exports ${target}, but there is no ${relative(ROOT, source)}`);
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
    return [
      `${relative(ROOT, module.fileName)}:${String(line + 1)}: ${symbol.name} is exported but used by ${who}`,
    ];
  });
}

/** A method, accessor or property of a class in the product, under the declaration that names it. */
interface Member {
  declaration: ts.ClassElement;
  name: string;
  owner: ts.ClassDeclaration;
}

/**
 * The members of classes that the product never reads. A member is also read where an interface's member of its name is,
 * if the class is assignable to that interface: such a reader may hold an object of the class.
 */
function unneededMembers(
  modules: readonly ts.SourceFile[],
  checker: ts.TypeChecker,
  published: ReadonlySet<ts.Symbol>,
): string[] {
  const members = modules
    .filter((module) => isIn(module, productFolders))
    .flatMap((module) => membersOf(module, checker, published));
  const names = new Set(members.map(({ name }) => name));
  const reads = new Map<string, { target: ts.Declaration; node: ts.Node; module: ts.SourceFile }[]>();
  for (const module of modules) visit(module, module);
  return members.flatMap(({ declaration, name, owner }) => {
    const module = declaration.getSourceFile();
    const readers = (reads.get(name) ?? []).filter(
      (read) =>
        !contains(declaration, read.node, read.module) &&
        (read.target === declaration || mayBeOf(read.target, owner, checker)),
    );
    const users = isIn(module, [CONTROL_PLANE_FOLDER]) ? [...productFolders, TEST_FOLDER] : productFolders;
    if (readers.some((read) => isIn(read.module, users))) return [];
    const { line } = module.getLineAndCharacterOfPosition(declaration.getStart());
    const who = readers.length > 0 ? 'tests only' : 'nothing';
    return [
      `${relative(ROOT, module.fileName)}:${String(line + 1)}: ${owner.name?.text ?? 'a class'}.${name} is read by ${who}`,
    ];
  });

  function visit(node: ts.Node, module: ts.SourceFile): void {
    for (const { name, symbol } of readsAt(node, names, checker))
      for (const target of symbol.declarations ?? []) {
        const found = reads.get(name) ?? [];
        reads.set(name, found);
        found.push({ target, node, module });
      }
    ts.forEachChild(node, (child) => {
      visit(child, module);
    });
  }
}

const calledByTheLanguage = new Set(['toString', 'toJSON', 'valueOf']);

function membersOf(
  module: ts.SourceFile,
  checker: ts.TypeChecker,
  published: ReadonlySet<ts.Symbol>,
): Member[] {
  const found: Member[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node)) {
      const symbol = node.name && checker.getSymbolAtLocation(node.name);
      if (symbol === undefined || !published.has(symbol))
        for (const declaration of node.members) {
          // What starts with `#` or is private is the compiler's business (noUnusedLocals); what a base class or an
          // interface from outside calls (a stream's `_write`) is marked `override`.
          if (!declaration.name || !ts.isIdentifier(declaration.name)) continue;
          if (calledByTheLanguage.has(declaration.name.text)) continue;
          if (ts.canHaveModifiers(declaration) && isPrivateOrOverride(declaration)) continue;
          found.push({ declaration, name: declaration.name.text, owner: node });
        }
    }
    ts.forEachChild(node, visit);
  };
  visit(module);
  return found;
}

function isPrivateOrOverride(declaration: ts.HasModifiers): boolean {
  const kinds = ts.getModifiers(declaration)?.map(({ kind }) => kind) ?? [];
  return kinds.includes(ts.SyntaxKind.PrivateKeyword) || kinds.includes(ts.SyntaxKind.OverrideKeyword);
}

function readsAt(
  node: ts.Node,
  names: ReadonlySet<string>,
  checker: ts.TypeChecker,
): { name: string; symbol: ts.Symbol }[] {
  if (ts.isPropertyAccessExpression(node)) {
    if (!names.has(node.name.text) || isWritten(node)) return [];
    const symbol = checker.getSymbolAtLocation(node.name);
    return symbol === undefined ? [] : [{ name: node.name.text, symbol }];
  }
  if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
    const name = (node.propertyName ?? node.name).getText();
    const symbol = names.has(name) ? checker.getTypeAtLocation(node.parent).getProperty(name) : undefined;
    return symbol === undefined ? [] : [{ name, symbol }];
  }
  return [];
}

function isWritten(node: ts.PropertyAccessExpression): boolean {
  const { parent } = node;
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === node &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

/** Whether the reader of a member of an interface or a base class may hold an object of the class. */
function mayBeOf(target: ts.Declaration, owner: ts.ClassDeclaration, checker: ts.TypeChecker): boolean {
  const { parent } = target;
  if (!ts.isInterfaceDeclaration(parent) && !ts.isTypeLiteralNode(parent) && !ts.isClassDeclaration(parent))
    return false;
  return checker.isTypeAssignableTo(checker.getTypeAtLocation(owner), checker.getTypeAtLocation(parent));
}

main();
