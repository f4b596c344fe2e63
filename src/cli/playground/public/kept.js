// What was typed, kept over a reload. Session storage belongs to this tab and goes when it is closed: sample objects may be Secrets.

const KEY = 'typed';

/**
 * Keeps what was typed.
 * @param page the window, whose storage throws where it is full or forbidden (https://html.spec.whatwg.org/multipage/webstorage.html)
 * @param typed {paths, choice, texts}: the files that the playground was started with, what was chosen, and the text of each editor
 * @returns whether there was room for it
 */
export function keep(page, typed) {
  try {
    page.sessionStorage.setItem(KEY, JSON.stringify(typed));
    return true;
  } catch {
    // What was kept before is older than what is on the page.
    forget(page);
    return false;
  }
}

/** What was typed while the same files were open; `undefined` where nothing was. */
export function kept(page, paths) {
  try {
    const typed = JSON.parse(page.sessionStorage.getItem(KEY));
    return JSON.stringify(typed?.paths) === JSON.stringify(paths) ? typed : undefined;
  } catch {
    // A browser that keeps nothing for this page.
    return undefined;
  }
}

/** Forgets what was typed. */
export function forget(page) {
  try {
    page.sessionStorage.removeItem(KEY);
  } catch {
    // Nothing can be kept, so there is nothing to forget.
  }
}
