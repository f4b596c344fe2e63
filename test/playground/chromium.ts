import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Debian, Ubuntu, Fedora and macOS put it. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Keeps the browser to itself: no sandbox of its own (the tests run as root in containers), no requests but the page's. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const;

/** Path of an installed Chromium; `$CHROMIUM` goes first. `undefined` where there is none. */
export async function findChromium(): Promise<string | undefined> {
  const named = process.env['CHROMIUM'];
  for (const path of named === undefined ? places : [named]) {
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What to do where there is none. */
export const HOW_TO_GET_CHROMIUM =
  'Cannot test the playground without Chromium: install it (Debian: apt-get install chromium, or as root: ' +
  'node test/playground/chromium.ts), or set CHROMIUM to the path of one';

/** Path of Chromium, installed from Debian's packages where there is none. Needs to be root for that. */
export async function installChromium(): Promise<string> {
  const found = await findChromium();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0) throw new Error(HOW_TO_GET_CHROMIUM);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update'], { env });
    const packages = ['chromium', 'fonts-dejavu-core'];
    // Other tests may be installing the control plane's packages.
    const wait = ['-o', 'DPkg::Lock::Timeout=300'];
    await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], { env });
  } catch (error) {
    throw new Error(HOW_TO_GET_CHROMIUM, { cause: error });
  }
  const installed = await findChromium();
  if (installed === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
  return installed;
}

if (import.meta.main) process.stdout.write(`${await installChromium()}\n`);
