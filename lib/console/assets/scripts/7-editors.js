// Editors: line numbers, with the faulty line marked.
;(() => {
  const { one, all } = globalThis.tripline
  function editor(box) {
    const [gutter, text] = [one('.gutter', box), one('textarea', box)]
    const number = () => {
      const lines = text.value.split('\n').length
      const bad = Number(box.dataset.badLine ?? 0)
      gutter.replaceChildren(
        ...Array.from({ length: lines }, (_, i) => {
          const line = document.createElement('span')
          line.textContent = String(i + 1)
          if (i + 1 === bad) line.className = 'bad'
          return [line, '\n']
        }).flat(),
      )
      gutter.scrollTop = text.scrollTop
    }
    text.addEventListener('input', number)
    text.addEventListener('scroll', () => {
      gutter.scrollTop = text.scrollTop
    })
    text.addEventListener('keydown', (event) => {
      if (event.key !== 'Tab' || event.shiftKey) return
      event.preventDefault()
      text.setRangeText('  ', text.selectionStart, text.selectionEnd, 'end')
      text.dispatchEvent(new Event('input', { bubbles: true }))
    })
    box.addEventListener('tripline:number', number)
    number()
  }
  for (const box of all('.editor')) editor(box)
  document.addEventListener('htmx:afterSettle', ({ target }) => {
    const told =
      one('[data-bad-line]', target) ?? (target.matches?.('[data-bad-line]') ? target : null)
    const box = told && one(`#${told.dataset.editor}`)
    if (!box) return
    box.dataset.badLine = told.dataset.badLine
    box.dispatchEvent(new Event('tripline:number'))
  })
  document.addEventListener('click', (event) => {
    const sample = event.target.closest('[data-fill]')
    const field = sample && one(sample.dataset.fill)
    if (!field) return
    field.value = one('[data-sample]', sample.parentElement).textContent
    field.dispatchEvent(new Event('input', { bubbles: true }))
  })
})()
