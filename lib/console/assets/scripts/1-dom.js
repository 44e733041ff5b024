// What the scripts behind this one share. Each is a function of its own; they are served as one file (assets.ts). None of them makes
// markup of data: what is shown is rendered, and escaped, by the server. Whoever puts new markup into a page dispatches `tripline:shown`.
globalThis.tripline = {
  all: (selector, root = document) => [...root.querySelectorAll(selector)],
  one: (selector, root = document) => root.querySelector(selector),
}
document.addEventListener('htmx:afterSettle', ({ target }) => {
  target.dispatchEvent(new Event('tripline:shown', { bubbles: true }))
})
