import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createPlayground } from '../../src/cli/playground/server.ts';
import {
  CHROMIUM_FLAGS,
  findChromium,
  HOW_TO_GET_CHROMIUM,
  installChromium,
} from '../playground/chromium.ts';
import { unless } from '../skips.ts';

// Elsewhere, who has no browser need not get one.
const EXECUTABLE_PATH = process.env['CI'] === undefined ? await findChromium() : await installChromium();

/** The part of the page's text areas that is used here; the project has no types of browsers. */
interface TextArea {
  readonly value: string;
  readonly selectionStart: number;
  readonly ownerDocument: { readonly activeElement: unknown };
  focus(): void;
  setSelectionRange(start: number, end: number): void;
}

/** Set to a path to keep a picture of the page, e.g. for the documentation. */
const SCREENSHOT = process.env['PLAYGROUND_SCREENSHOT'];

const MISSING = EXECUTABLE_PATH === undefined ? HOW_TO_GET_CHROMIUM : undefined;

describe('the playground in a browser', unless(MISSING), () => {
  const app = createPlayground();
  let address: string;
  let browser: Browser;

  beforeAll(async () => {
    address = await app.listen({ host: '127.0.0.1', port: 0 });
    browser = await chromium.launch({ executablePath: EXECUTABLE_PATH ?? '', args: [...CHROMIUM_FLAGS] });
  });

  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  /** The page with the worked example in it. Anything that the browser complains about, or asks of others, fails the test. */
  async function open(options: { colorScheme?: 'light' | 'dark'; width?: number } = {}): Promise<Page> {
    const { colorScheme = 'light', width = 1440 } = options;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) complaints.push(`asked ${request.url()}`);
    });
    onTestFinished(async () => {
      await page.close();
      expect(complaints).toEqual([]);
    });
    await page.goto(address);
    await page.getByRole('heading', { name: 'mcp-cluster-1' }).waitFor();
    return page;
  }

  const policyOf = (page: Page) => page.getByRole('textbox', { name: 'ClusterImportPolicy, as YAML' });
  const objectsOf = (page: Page) => page.getByRole('textbox', { name: 'Sample objects, as YAML' });

  /** Changes a text by putting another one over what is selected: at once, since a slow machine would check it half typed. */
  async function replace(
    page: Page,
    editor: ReturnType<typeof policyOf>,
    from: string,
    to: string,
  ): Promise<void> {
    await editor.evaluate((area: TextArea, text) => {
      const start = area.value.indexOf(text);
      area.focus();
      area.setSelectionRange(start, start + text.length);
    }, from);
    await page.keyboard.insertText(to);
  }

  it('shows the example, that it is admitted, and its PediaCluster with its conditions', async () => {
    const page = await open();
    expect(await policyOf(page).inputValue()).toContain('kind: ClusterImportPolicy');
    expect(await page.getByRole('status').textContent()).toBe('admitted, 1 cluster');
    const card = page.locator('.outcome');
    expect(await card.locator('.state').textContent()).toBe('created');
    expect(await card.getByRole('list', { name: 'Conditions' }).textContent()).toContain('Created: True');
    expect(await card.locator('pre').textContent()).toContain('apiserver: https://172.10.10.10:6443');
  });

  it('underlines a finding in place as one types, leads there from the list, and takes it away again', async () => {
    const page = await open();
    const misspelt = '.source.spec.apiEndpoint | b64decc';
    await replace(page, policyOf(page), '.source.spec.apiEndpoint', misspelt);
    const mark = page.locator('#policy .mark.error');
    await mark.waitFor();
    expect(await mark.textContent()).toBe('b64decc');
    expect(await page.getByRole('status').textContent()).toBe('refused: 1 error');
    expect(await policyOf(page).getAttribute('aria-invalid')).toBe('true');
    const text = await policyOf(page).inputValue();
    const line = text.slice(0, text.indexOf('b64decc')).split('\n').length;
    expect(await page.locator('#policy .gutter .error').textContent()).toBe(String(line));

    await objectsOf(page).focus();
    const finding = page.locator('#findings').getByRole('button');
    expect(await finding.textContent()).toContain(
      'function "b64decc" is not defined; did you mean “b64dec”?',
    );
    await finding.click();
    const caret = await policyOf(page).evaluate((area: TextArea) => [
      area.ownerDocument.activeElement === area,
      area.selectionStart,
    ]);
    expect(caret).toEqual([true, text.indexOf('b64decc')]);

    await replace(page, policyOf(page), misspelt, '.source.spec.apiEndpoint');
    await page.getByRole('heading', { name: 'mcp-cluster-1' }).waitFor();
    expect(await mark.count()).toBe(0);
    expect(await page.locator('#findings').textContent()).toBe('None: the policy would be admitted.');
  });

  it('marks what a refused policy would make as what it is', async () => {
    const page = await open();
    await replace(page, policyOf(page), '.source.spec.apiEndpoint', '.source.spec.apiEndpont');
    const card = page.locator('.outcome.refused');
    await card.waitFor();
    expect(await card.locator('.state').textContent()).toMatch(/^refused; else /);
    expect(await page.locator('#results').textContent()).toContain(
      'Policy mcp is refused, so nothing is made by it.',
    );
  });

  it('shows which branches the objects take, and leads to each', async () => {
    const page = await open();
    await replace(page, policyOf(page), '"mcp-{{', '"{{ if .source.spec }}a-{{ else }}b-{{ end }}mcp-{{');
    const branch = page.locator('#branches').getByRole('button').filter({ hasText: 'spec.nameTemplate' });
    await branch.waitFor();
    expect(await branch.locator('.chip').allTextContents()).toEqual(['holds: 1×', 'does not hold: never']);
    await branch.click();
    expect(await policyOf(page).evaluate((area: TextArea) => area.ownerDocument.activeElement === area)).toBe(
      true,
    );
  });

  it('tells on hover what an expression can be', async () => {
    const page = await open();
    const expression = page.locator('#policy [data-type^=".source.spec.apiEndpoint:"]').last();
    await expression.waitFor();
    await expression.scrollIntoViewIfNeeded();
    const at = await expression.boundingBox();
    const [x, y] = [(at?.x ?? 0) + 20, (at?.y ?? 0) + 5];
    await page.mouse.move(x, y);
    expect(await policyOf(page).getAttribute('title')).toBe('.source.spec.apiEndpoint: a string');
    // The key before it.
    await page.mouse.move(((await policyOf(page).boundingBox())?.x ?? 0) + 45, y);
    expect(await policyOf(page).getAttribute('title')).toBe('');
  });

  it('draws the underline exactly below the text that is typed', async () => {
    const page = await open();
    await replace(page, policyOf(page), '.source.spec.apiEndpoint', '.source.spec.apiEndpont');
    await page.locator('#findings').getByRole('button').waitFor();
    if (SCREENSHOT !== undefined) {
      await mkdir(fileURLToPath(new URL('.', `file://${SCREENSHOT}`)), { recursive: true });
      await page.screenshot({ path: SCREENSHOT });
    }
    const mark = await page.locator('#policy .mark.error').first().boundingBox();
    const paper = await policyOf(page).boundingBox();
    const text = await policyOf(page).inputValue();
    const before = text.slice(0, text.indexOf('.source.spec.apiEndpont')).split('\n');
    // A monospaced character's width, from the mark itself.
    const character = (mark?.width ?? 0) / '.source.spec.apiEndpont'.length;
    expect(((mark?.x ?? 0) - (paper?.x ?? 0) - 10) / character).toBeCloseTo(before.at(-1)?.length ?? -1, 0);
    expect(Math.floor(((mark?.y ?? 0) - (paper?.y ?? 0) - 8 + 10) / 20)).toBe(before.length - 1);
  });

  it('follows a change of the sample objects', async () => {
    const page = await open();
    await replace(page, objectsOf(page), "status: 'True'", "status: 'False'");
    await page.locator('.outcome .state', { hasText: 'waits' }).waitFor();
    expect(await page.locator('.outcome').textContent()).toContain('creationCondition does not hold');
    await replace(page, objectsOf(page), 'kind: Cluster', 'kind Cluster');
    await page.locator('#objects .mark.error').first().waitFor();
  });

  it('shows markup as text, wherever it comes from', async () => {
    const page = await open();
    const markup = '<img src=x onerror=document.title=1>';
    await replace(page, objectsOf(page), 'https://172.10.10.10:6443', markup);
    await page.locator('.outcome pre', { hasText: markup }).waitFor();
    await replace(page, policyOf(page), '.source.metadata.name', '.source.metadata.name | <b>x</b>');
    await page.locator('#findings').getByRole('button').waitFor();
    await replace(page, objectsOf(page), 'kind: Cluster', `kind: ${markup}: x`);
    await page.locator('#objects .mark.error').first().waitFor();
    expect(await page.locator('main img, main b').count()).toBe(0);
    expect(await page.title()).toBe('Policy playground · clusterpedia-import');
  });

  it('loads the examples of the catalogue', async () => {
    const page = await open();
    await page.getByRole('combobox', { name: 'Example' }).selectOption('karmada');
    await page.getByRole('heading', { name: 'karmada-member1' }).waitFor();
    expect(await page.locator('.outcome').count()).toBe(3);
  });

  it('keeps what was typed over a reload, until it is discarded', async () => {
    const page = await open();
    const discard = page.getByRole('button', { name: 'Discard changes' });
    expect(await discard.isVisible()).toBe(false);
    await page.getByRole('combobox', { name: 'Example' }).selectOption('karmada');
    await page.getByRole('heading', { name: 'karmada-member1' }).waitFor();
    await replace(page, policyOf(page), 'karmada-{{', 'mine-{{');
    await page.getByText('kept in this tab until you close it').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'mine-member1' }).waitFor();
    expect(await page.getByRole('combobox', { name: 'Example' }).inputValue()).toBe('karmada');
    await discard.click();
    await page.getByRole('heading', { name: 'karmada-member1' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'mcp-cluster-1' }).waitFor();
  });

  it('keeps the indentation on a new line, and undoes it', async () => {
    const page = await open();
    const before = await policyOf(page).inputValue();
    await policyOf(page).evaluate((area: TextArea) => {
      area.focus();
      const end = area.value.indexOf('\n', area.value.indexOf('group:'));
      area.setSelectionRange(end, end);
    });
    await page.keyboard.press('Enter');
    expect(await policyOf(page).inputValue()).toMatch(/\n {4}group: .*\n {4}\n/);
    await page.keyboard.press('ControlOrMeta+z');
    expect(await policyOf(page).inputValue()).toBe(before);
  });

  it('can be used with the keyboard alone', async () => {
    const page = await open();
    await replace(page, policyOf(page), '.source.spec.apiEndpoint', 'nope');
    await page.locator('#findings button').first().waitFor();
    await objectsOf(page).focus();
    await page.keyboard.press('Tab');
    expect(await page.evaluate<boolean>(`document.activeElement.closest('#findings') !== null`)).toBe(true);
    await page.keyboard.press('Enter');
    expect(await policyOf(page).evaluate((area: TextArea) => area.ownerDocument.activeElement === area)).toBe(
      true,
    );
  });

  it.each(['light', 'dark'] as const)(
    'is %s where the system is, and changes on request',
    async (colorScheme) => {
      const page = await open({ colorScheme });
      const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      const before = await background();
      expect(before).toBe(colorScheme === 'light' ? 'rgb(243, 245, 249)' : 'rgb(17, 20, 27)');
      await page.getByRole('button', { name: 'Switch between light and dark' }).click();
      expect(await background()).not.toBe(before);
    },
  );

  it('fits a narrow screen', async () => {
    const page = await open({ width: 420 });
    const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
    expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
  });

  it('says so when the server is gone', async () => {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(address);
    await page.getByRole('heading', { name: 'mcp-cluster-1' }).waitFor();
    await page.route('**/api/evaluate', (route) => route.abort());
    await replace(page, policyOf(page), 'mcp-', 'other-');
    await page.getByText('the playground has stopped: start it again').waitFor();
  });
});
