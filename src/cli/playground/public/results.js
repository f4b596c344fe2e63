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

/** What lets the list be drawn again without closing what is open. */
const openIn = (host) =>
  new Set([...host.querySelectorAll('details[open]')].map(({ dataset }) => dataset.id));

function sample({ code, field, message, witness }, opened) {
  const id = `${code} ${field} ${message}`;
  return foldable(id, 'A sample that shows it', paint(witness.trimEnd()), opened.has(id));
}

function foldable(id, title, content, open) {
  const details = element(
    'details',
    { open },
    element('summary', { textContent: title }),
    element('pre', { tabIndex: 0 }, content),
  );
  details.dataset.id = id;
  return details;
}

/** Lists findings. @param onChoose called with the finding that is to be shown */
export function showFindings(host, policies, findings, onChoose) {
  const opened = openIn(host);
  const items = findings.map((finding) => {
    const { severity, field, line, column, message, suggestion, editor, witness } = finding;
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
    return element('li', { className: severity }, button, ...(witness ? [sample(finding, opened)] : []));
  });
  const none = policies > 0 ? 'None: the policy would be admitted.' : 'There is no policy to check.';
  host.replaceChildren(
    ...(items.length > 0 ? items : [element('li', { className: 'none', textContent: none })]),
  );
}

/** Shows what becomes of each source. */
export function showOutcomes(host, outcomes, notes) {
  const opened = openIn(host);
  const first = host.querySelector('details') === null;
  const cards = outcomes.map((outcome) => card(outcome, opened, first));
  const refused = [...new Set(outcomes.filter((outcome) => outcome.refused).map(({ policy }) => policy))];
  host.replaceChildren(
    ...refused.map((policy) =>
      element('p', {
        className: 'warned',
        textContent: `Policy ${policy} is refused, so nothing is made by it. This is what its templates would render.`,
      }),
    ),
    ...notes.map((note) => element('p', { className: 'none', textContent: note })),
    ...cards,
  );
  if (host.childElementCount === 0)
    host.append(element('p', { className: 'none', textContent: 'Nothing is rendered.' }));
}

/** Lists the decisions of templates, and which ways the sources took. @param onChoose called with the one that is to be shown */
export function showBranches(host, branches, tried, onChoose) {
  const items = branches.map((branch) => {
    const { kind, field, line, column, editor, outcomes } = branch;
    const button = element(
      'button',
      { type: 'button' },
      element('span', { className: 'message', textContent: kind }),
      ...outcomes.map(({ name, taken }) =>
        element('span', {
          className: `chip ${taken > 0 ? 'good' : 'waits'}`,
          textContent: `${name}: ${taken > 0 ? `${taken}×` : 'never'}`,
        }),
      ),
      element('span', { className: 'where', textContent: `${editor} ${line}:${column} · ${field}` }),
    );
    button.addEventListener('click', () => onChoose(branch));
    return element('li', {}, button);
  });
  const none = element('li', { className: 'none', textContent: 'The templates have no branches.' });
  host.replaceChildren(
    ...tried.map(({ policy, text }) =>
      element('li', { className: 'none', textContent: `Policy ${policy} was tried: ${text}.` }),
    ),
    ...(items.length > 0 ? items : [none]),
  );
}

function card(
  { policy, refused, source, name, state, message, conditions, references, pediaCluster },
  opened,
  first,
) {
  const [colour, word] = refused ? ['bad', `refused; else ${STATES[state][1]}`] : STATES[state];
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
    parts.push(
      foldable(
        id,
        refused ? 'PediaCluster, if the policy were admitted' : 'PediaCluster',
        paint(pediaCluster.trimEnd()),
        first || opened.has(id),
      ),
    );
  }
  return element('article', { className: refused ? 'outcome refused' : 'outcome' }, ...parts);
}

const condition = ({ type, status, reason, message }) =>
  element('li', {
    className: `chip ${status === 'True' ? (type === 'Updating' ? 'waits' : 'good') : 'plain'}`,
    textContent: `${type}: ${status} (${reason})`,
    title: message,
  });
