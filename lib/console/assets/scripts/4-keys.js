// Keys. The row that was come to stays so when the list is rendered anew: marked when htmx has settled, which is when it
// gives every element the attributes it came with.
;(() => {
  const { one, all } = globalThis.tripline
  let currentId = null
  document.addEventListener('htmx:afterSettle', () => {
    const row = currentId && document.getElementById(currentId)
    row?.classList.add('is-current')
  })
  const rows = () => all('[data-row]')
  function step(by) {
    const list = rows()
    if (list.length === 0) return
    const at = list.findIndex((row) => row.classList.contains('is-current'))
    const next = list[Math.min(list.length - 1, Math.max(0, at + by))] ?? list[0]
    list[at]?.classList.remove('is-current')
    next.classList.add('is-current')
    currentId = next.id
    next.scrollIntoView({ block: 'nearest' })
    one('a', next)?.focus({ preventScroll: true })
  }
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.closest('input, textarea, select, [contenteditable]')
    if (event.key === 'Escape' && isTyping) {
      event.preventDefault() // a search field would be emptied
      event.target.blur()
    }
    if (isTyping || event.metaKey || event.ctrlKey || event.altKey) return
    if (event.key === '/') {
      const search = one('[data-search]')
      if (search) {
        event.preventDefault()
        search.focus()
        search.select?.()
      }
    } else if (event.key === 'j') step(1)
    else if (event.key === 'k') step(-1)
    else if (event.key === 'Enter' && event.target === document.body) one('.is-current a')?.click()
    else if (event.key === '?') one('#keys')?.showModal()
  })
  one('#show-keys')?.addEventListener('click', () => one('#keys').showModal())
})()
