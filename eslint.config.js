import tseslint from 'typescript-eslint';

/** What is only a type is imported by a statement of its own. */
const typesApart = {
  selector: 'ImportDeclaration[importKind!="type"] > ImportSpecifier[importKind="type"]',
  message: 'Import types by a statement of their own: import type { … }.',
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.js', '*.cjs', '.*.cjs'] } },
    },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', typesApart],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // A number or a boolean in a text is turned into text by name: String(count).
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        {
          allowAny: false,
          allowBoolean: false,
          allowNever: false,
          allowNullish: false,
          allowNumber: false,
          allowRegExp: false,
        },
      ],
      // What a module keeps: LIMIT_BYTES for one number, text or boolean, limitsOf… for everything else.
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'variable',
          modifiers: ['const', 'global'],
          types: ['boolean', 'number', 'string'],
          format: ['UPPER_CASE'],
        },
        {
          selector: 'variable',
          modifiers: ['const', 'global'],
          types: ['array', 'function'],
          format: ['camelCase', 'PascalCase'],
        },
        {
          selector: 'variable',
          modifiers: ['const', 'global', 'exported'],
          types: ['array', 'function'],
          format: ['camelCase', 'PascalCase', 'UPPER_CASE'],
        },
        // What somebody else has named keeps its name.
        {
          selector: 'variable',
          modifiers: ['const', 'global', 'destructured'],
          types: ['boolean', 'number', 'string', 'array', 'function'],
          format: null,
        },
      ],
      '@typescript-eslint/no-unused-expressions': ['error', { allowTaggedTemplates: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // The same input gives the same output: the clock and chance come in as arguments, and nothing goes out. (Imports are
    // dependency-cruiser's business.)
    files: ['src/{template,sprig,handlebars,api,policy,reconcile}/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'fetch', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take the time from the run.' },
        { object: 'Math', property: 'random', message: 'Take randomness from the run.' },
        { object: 'globalThis', property: 'process' },
      ],
      'no-restricted-syntax': [
        'error',
        typesApart,
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'Take the time from the run.',
        },
      ],
    },
  },
  {
    // The one place where a run's clock and chance have their defaults.
    files: ['src/template/run.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['**/*.js', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
);
