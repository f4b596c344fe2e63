import { paint } from './highlight.js';

const STATES = {
  created: ['good', 'created'],
  waiting: ['waits', 'waits'],
  unselected: ['plain', 'not selected'],
  failed: ['bad', 'failed'],
};

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Lists findings. @param onChoose called with the finding that is to be shown */
export function showFindings(host, policies, findings, onChoose) {
  const items = findings.map((finding) => {
    const { severity, field, line, column, message, suggestion, editor } = finding;
    const hint = suggestion === undefined ? '' : `; did you mean “${suggestion}”?`;
    const button = element(
      'button',
      { type: 'button' },
      element('span', { className: 'severity', textContent: severity }),
      element('span', { className: 'message', textContent: message + hint }),
      element('span', {
        className: 'where',
        textContent: [`${editor} ${line}:${column}`, field].filter(Boolean).join(' · '),
      }),
    );
    button.addEventListener('click', () => onChoose(finding));
    return element('li', { className: severity }, button);
  });
  const none = policies > 0 ? 'None: the policy would be admitted.' : 'There is no policy to check.';
  host.replaceChildren(
    ...(items.length > 0 ? items : [element('li', { className: 'none', textContent: none })]),
  );
}

/** Shows what becomes of each source. */
export function showOutcomes(host, outcomes, notes) {
  const opened = new Set([...host.querySelectorAll('details[open]')].map(({ dataset }) => dataset.id));
  const first = host.querySelector('details') === null;
  const cards = outcomes.map((outcome) => card(outcome, opened, first));
  host.replaceChildren(
    ...notes.map((note) => element('p', { className: 'none', textContent: note })),
    ...cards,
  );
  if (host.childElementCount === 0)
    host.append(element('p', { className: 'none', textContent: 'Nothing is rendered.' }));
}

function card({ policy, source, name, state, message, conditions, references, pediaCluster }, opened, first) {
  const [colour, word] = STATES[state];
  const parts = [
    element(
      'div',
      { className: 'outcome-head' },
      element('h3', { textContent: name || source }),
      element('span', { className: 'from', textContent: `${policy} ← ${source}` }),
      element('span', { className: `chip state ${colour}`, textContent: word }),
    ),
  ];
  if (message) parts.push(element('p', { textContent: message }));
  if (conditions.length > 0)
    parts.push(
      element('ul', { className: 'conditions', ariaLabel: 'Conditions' }, ...conditions.map(condition)),
    );
  if (references.length > 0) {
    const items = references.map((textContent) => element('li', { textContent }));
    parts.push(element('ul', { className: 'references', ariaLabel: 'References' }, ...items));
  }
  if (pediaCluster !== undefined) {
    const id = `${policy}/${source}`;
    const details = element(
      'details',
      { open: first || opened.has(id) },
      element('summary', { textContent: 'PediaCluster' }),
      element('pre', { tabIndex: 0 }, paint(pediaCluster.trimEnd())),
    );
    details.dataset.id = id;
    parts.push(details);
  }
  return element('article', { className: 'outcome' }, ...parts);
}

const condition = ({ type, status, reason, message }) =>
  element('li', {
    className: `chip ${status === 'True' ? (type === 'Updating' ? 'waits' : 'good') : 'plain'}`,
    textContent: `${type}: ${status} (${reason})`,
    title: message,
  });
