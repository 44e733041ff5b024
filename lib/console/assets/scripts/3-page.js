// Copying
;(() => {
  const { one } = globalThis.tripline
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]')
    if (!button) return
    const source = button.dataset.copy
    const text = source.startsWith('#') ? one(source).textContent : source
    await navigator.clipboard.writeText(text)
    const label = one('.copy-label', button) ?? button
    const was = label.textContent
    label.textContent = 'Copied'
    setTimeout(() => {
      label.textContent = was
    }, 1400)
  })

  // The theme: a cookie, so that the server renders the next page in it.
  one('#theme')?.addEventListener('click', () => {
    const root = document.documentElement
    const isDark = root.dataset.theme
      ? root.dataset.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches
    root.dataset.theme = isDark ? 'light' : 'dark'
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
    document.cookie = `tripline-theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`
  })
  one('#menu')?.addEventListener('click', (event) => {
    const isOpen = one('.side').classList.toggle('is-open')
    event.currentTarget.setAttribute('aria-expanded', String(isOpen))
  })

  // Forms that want to be sure, and filters that keep addresses short
  document.addEventListener('submit', (event) => {
    const { confirm: question } = event.target.dataset
    if (question && !window.confirm(question)) event.preventDefault()
  })
  document.addEventListener('htmx:configRequest', ({ detail }) => {
    if (detail.verb !== 'get') return
    for (const [name, value] of Object.entries(detail.parameters)) {
      if (value === '') delete detail.parameters[name]
    }
  })
  // A refusal is an answer too: it says what is wrong.
  document.addEventListener('htmx:beforeSwap', ({ detail }) => {
    if (detail.xhr.status === 422 || detail.xhr.status === 409) detail.shouldSwap = true
  })
})()
