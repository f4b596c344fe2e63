/*
 * Loaded into a process of the product before everything else (`node --import`): the wall clock is off by as many
 * milliseconds as the file CLOCK_OFFSET_FILE says at that moment. The monotonic clock stays as it is, as when somebody
 * sets the time of a machine.
 */
import { readFileSync } from 'node:fs';

const FILE = process.env['CLOCK_OFFSET_FILE'] ?? '';
const TrueDate = Date;

const now = (): number => TrueDate.now() + Number(readFileSync(FILE, 'utf8'));

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, args, newTarget: unknown) =>
    Reflect.construct(
      target,
      args.length === 0 ? [now()] : args,
      newTarget === globalThis.Date ? target : (newTarget as typeof target),
    ) as Date,
  get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
});
