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
  // A sample: what it fills in, by selector.
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-fill]')
    if (!button) return
    const sample = JSON.parse(one('[data-sample]', button.parentElement).textContent)
    const fields = Object.entries(sample).map(([selector, value]) => {
      const field = one(selector)
      field.value = value
      return field
    })
    fields.at(-1)?.dispatchEvent(new Event('input', { bubbles: true }))
  })
})()
