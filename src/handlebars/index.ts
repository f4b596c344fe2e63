export { compileHandlebars } from './compile.ts';
