import { Editor } from './editor.js';
import { forget, keep, kept } from './kept.js';
import { showBranches, showFindings, showOutcomes } from './results.js';

/** Milliseconds without typing after which the texts are checked. */
const PAUSE = 150;

/** What is said of what was typed. */
const KEPT = 'kept in this tab until you close it';

const byId = (id) => document.getElementById(id);

const editors = {
  policy: new Editor(byId('policy'), { label: 'ClusterImportPolicy, as YAML', onInput: typed }),
  objects: new Editor(byId('objects'), { label: 'Sample objects, as YAML', onInput: typed }),
};

/** The files that the playground was started with. */
let paths = [];
let timer;
let asking = new AbortController();

function typed() {
  const texts = Object.fromEntries(Object.entries(editors).map(([name, { text }]) => [name, text]));
  const isKept = keep(window, { paths, choice: byId('example').value, texts });
  showKept(isKept ? KEPT : 'cannot be kept over a reload');
  checkSoon();
}

function checkSoon() {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
}

/** @param text what is kept of what was typed; empty where nothing was typed */
function showKept(text) {
  byId('kept').textContent = text;
  byId('discard').hidden = text === '';
}

/** Asks what the texts come to, and shows the answer, unless they have changed since. */
async function check() {
  asking.abort();
  asking = new AbortController();
  try {
    const response = await fetch('/api/evaluate', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ policy: editors.policy.text, objects: editors.objects.text }),
      signal: asking.signal,
    });
    const answer = await response.json();
    if (response.ok) show(answer);
    else say('bad', answer.message);
  } catch (error) {
    if (error.name !== 'AbortError') say('bad', 'the playground has stopped: start it again');
  }
}

function show({ policies, findings, outcomes, notes, branches, tried, types }) {
  const goTo = ({ editor, line, column }) => editors[editor].goTo(line, column);
  for (const [name, editor] of Object.entries(editors))
    editor.mark(
      findings.filter((finding) => finding.editor === name),
      types.filter((typed) => typed.editor === name),
    );
  showFindings(byId('findings'), policies, findings, goTo);
  showBranches(byId('branches'), branches, tried, goTo);
  showOutcomes(byId('results'), outcomes, notes);
  const count = (severity) => findings.filter((finding) => finding.severity === severity).length;
  const errors = count('error');
  const warnings = count('warning');
  const created = outcomes.filter(({ state, refused }) => state === 'created' && !refused).length;
  if (errors > 0) say('bad', `refused: ${plural(errors, 'error')}`);
  else if (policies === 0) say('plain', 'there is no ClusterImportPolicy yet');
  else if (warnings > 0)
    say('waits', `admitted with ${plural(warnings, 'warning')}, ${plural(created, 'cluster')}`);
  else say('good', `admitted, ${plural(created, 'cluster')}`);
}

const plural = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`;

function say(colour, text) {
  const verdict = byId('verdict');
  verdict.className = `verdict ${colour}`;
  verdict.textContent = text;
}

/** The choice that stands for the files that were named when the playground was started. */
const FILES = ':files';

const ask = async (path) => (await fetch(path)).json();

/** Shows an example, or the files as they are now. */
async function load(choice) {
  const { problem, texts } =
    choice === FILES
      ? await ask('/api/files')
      : { texts: await ask(`/api/examples/${encodeURIComponent(choice)}`) };
  if (problem) {
    say('bad', problem);
    return;
  }
  forget(window);
  showKept('');
  await open(texts);
}

async function open(texts) {
  for (const [name, editor] of Object.entries(editors)) editor.text = texts[name];
  byId('results').replaceChildren();
  await check();
}

function switchTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = document.documentElement.dataset.theme ?? (dark ? 'dark' : 'light');
  document.documentElement.dataset.theme = now === 'dark' ? 'light' : 'dark';
}

byId('theme').textContent = '◐';
byId('theme').addEventListener('click', switchTheme);
byId('example').addEventListener('change', ({ target }) => load(target.value));

const [files, names] = await Promise.all([ask('/api/files'), ask('/api/examples')]);
paths = files.paths;
if (paths.length > 0) byId('example').append(new Option(paths.join(' '), FILES));
byId('example').append(...names.map((name) => new Option(name, name)));
byId('discard').addEventListener('click', () => load(byId('example').value));

const before = kept(window, paths);
if (before === undefined) await load(byId('example').value);
else {
  byId('example').value = before.choice;
  showKept(KEPT);
  await open(before.texts);
}
