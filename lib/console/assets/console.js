// Small behaviours over server-rendered pages: times in the viewer's zone, keys, copying, the theme, the live feed, dragging in the
// histogram, line numbers. Nothing here makes markup of data: what is shown is rendered, and escaped, by the server.
;(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const one = (selector, root = document) => root.querySelector(selector)

  // Times: relative where the server wrote them so, absolute in the viewer's zone on hover and where asked.
  const UNITS = [
    [86400, 'd'],
    [3600, 'h'],
    [60, 'm'],
    [1, 's'],
  ]
  function relative(ms) {
    const seconds = Math.round(Math.abs(ms) / 1000)
    if (seconds < 1) return 'now'
    const [size, unit] = UNITS.find(([size]) => seconds >= size)
    const text = `${Math.floor(seconds / size)}${unit}`
    return ms > 0 ? `in ${text}` : `${text} ago`
  }
  const clock = new Intl.DateTimeFormat(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  const full = new Intl.DateTimeFormat(undefined, {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  const short = new Intl.DateTimeFormat(undefined, {
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const FORMATS = { clock, full, short }
  function showTimes(root = document) {
    for (const time of all('time[datetime]', root)) {
      const at = new Date(time.dateTime)
      if (Number.isNaN(at.getTime())) continue
      time.title = `${full.format(at)} · ${time.dateTime}`
      const format = FORMATS[time.dataset.as]
      const text = format ? format.format(at) : relative(at - Date.now())
      if (time.textContent !== text) time.textContent = text
    }
  }
  showTimes()
  setInterval(showTimes, 5000)
  document.addEventListener('htmx:afterSettle', () => showTimes())

  // Copying
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

  // Keys. The row that was come to stays so when the list is rendered anew.
  let currentId = null
  document.addEventListener('htmx:afterSwap', () => {
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

  // The histogram: drag over it to look closer.
  function brush(plot) {
    const svg = one('svg', plot)
    const [since, until] = [Number(plot.dataset.since), Number(plot.dataset.until)]
    let from = null
    const rect = one('.brush', svg)
    const share = (event) => {
      const box = svg.getBoundingClientRect()
      return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
    }
    plot.addEventListener('pointerdown', (event) => {
      from = share(event)
      plot.setPointerCapture(event.pointerId)
    })
    plot.addEventListener('pointermove', (event) => {
      if (from === null) return
      const to = share(event)
      rect.setAttribute('x', String(Math.min(from, to) * 1000))
      rect.setAttribute('width', String(Math.abs(to - from) * 1000))
    })
    plot.addEventListener('pointercancel', () => {
      from = null
    })
    plot.addEventListener('pointerup', (event) => {
      if (from === null) return
      const ends = [from, share(event)].sort((a, b) => a - b)
      from = null
      rect.setAttribute('width', '0')
      if (ends[1] - ends[0] < 0.01) return
      const at = (part) => new Date(since + part * (until - since)).toISOString()
      const url = new URL(location.href)
      url.searchParams.delete('span')
      url.searchParams.delete('after')
      url.searchParams.set('since', at(ends[0]))
      url.searchParams.set('until', at(ends[1]))
      location.assign(url)
    })
  }
  const brushes = () => {
    for (const plot of all('[data-brush]:not([data-is-ready])')) {
      plot.dataset.isReady = ''
      brush(plot)
    }
  }
  brushes()
  document.addEventListener('htmx:afterSettle', brushes)

  // The live feed. The socket only rings: what is new is asked of the server, which renders it. Without a socket we ask every
  // few seconds. A page that nobody looks at does neither.
  const live = one('#live')
  if (live) {
    const label = one('.live-label', live)
    let isPaused = false
    let waiting = 0
    let timer = null
    let lastAt = 0
    const SPACING_MS = 700
    const show = () => {
      live.dataset.state = isPaused ? 'paused' : 'live'
      live.setAttribute('aria-pressed', String(!isPaused))
      label.textContent = isPaused ? (waiting > 0 ? `Paused · ${waiting} new` : 'Paused') : 'Live'
    }
    live.addEventListener('click', () => {
      isPaused = !isPaused
      waiting = 0
      show()
      if (!isPaused) ring()
    })
    async function refresh() {
      timer = null
      lastAt = Date.now()
      const answer = await fetch(location.href, { headers: { 'x-part': 'results' } }).catch(
        () => null,
      )
      if (!answer?.ok || isPaused) return
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
      merge(fresh)
    }
    function merge(fresh) {
      const results = one('#results')
      const next = one('#results', fresh)
      if (!results || !next) return
      const known = new Set(all('[data-row]', results).map((row) => row.id))
      const current = one('.is-current', results)?.id
      for (const row of all('[data-row]', next)) {
        if (known.size > 0 && !known.has(row.id)) row.classList.add('is-new')
        if (row.id === current) row.classList.add('is-current')
      }
      const focused = results.contains(document.activeElement)
        ? document.activeElement.closest('[data-row]')?.id
        : null
      results.replaceWith(document.adoptNode(next))
      if (focused) one(`#${CSS.escape(focused)} a`)?.focus({ preventScroll: true })
      showTimes(one('#results'))
      brushes()
    }
    function ring() {
      if (document.hidden) return
      if (isPaused) {
        waiting += 1
        show()
        return
      }
      if (timer !== null) return // one is on its way, and will see this too
      timer = setTimeout(refresh, Math.max(0, lastAt + SPACING_MS - Date.now()))
    }
    let poll = setInterval(ring, 5000)
    function connect(delay) {
      const url = new URL('/api/events/out', location.href)
      url.protocol = url.protocol.replace('http', 'ws')
      const socket = new WebSocket(url, 'prefect')
      socket.addEventListener('open', () => {
        socket.send(JSON.stringify({ type: 'auth', token: '' }))
        socket.send(JSON.stringify({ type: 'filter', filter: {}, backfill: false }))
      })
      socket.addEventListener('message', ({ data }) => {
        clearInterval(poll)
        poll = null
        if (data.startsWith('{"type":"event"')) ring()
      })
      socket.addEventListener('close', () => {
        poll ??= setInterval(() => !isPaused && ring(), 5000)
        setTimeout(() => connect(Math.min(60_000, delay * 2)), delay)
      })
    }
    connect(1000)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && !isPaused) ring()
    })
    show()
  }

  // Editors: line numbers, with the faulty line marked.
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

  // A form beside its JSON: fields write into the text, and the text, once it is JSON again, into the fields.
  for (const form of all('form[data-mirror]')) {
    const text = one(form.dataset.mirror, form)
    const fault = one(`${form.dataset.mirror}-fault`, form)
    const fields = all('[data-at]', form)
    const pathOf = (field) =>
      field.dataset.at.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'))
    const read = () => {
      try {
        const value = JSON.parse(text.value)
        fault.textContent = ''
        return value
      } catch (error) {
        fault.textContent = `No JSON yet: ${error.message}`
        return null
      }
    }
    const valueAt = (value, path) => path.reduce((part, key) => part?.[key], value)
    function toFields() {
      const value = read()
      if (value === null) return
      for (const field of fields) {
        if (field === document.activeElement) continue
        const found = valueAt(value, pathOf(field))
        const shown = Array.isArray(found) ? found.join(', ') : (found ?? '')
        field.value = typeof shown === 'object' ? '' : String(shown)
      }
      for (const part of all('[data-when]', form)) {
        const [at, wanted] = part.dataset.when.split('=')
        part.hidden = valueAt(value, at.split('.')) !== wanted
      }
    }
    function toText(field) {
      const value = read()
      if (value === null) return
      const path = pathOf(field)
      const last = path.pop()
      let at = value
      for (const [i, key] of path.entries()) {
        at[key] ??= /^\d+$/.test(path[i + 1] ?? last) ? [] : {}
        at = at[key]
      }
      const typed = field.value
      const { kind } = field.dataset
      if (kind === 'list') {
        at[last] = typed
          .split(',')
          .map((one) => one.trim())
          .filter((one) => one !== '')
      } else if (kind === 'number') at[last] = Number(typed) || 0
      else if (typed === '') delete at[last]
      else at[last] = typed
      if (field.dataset.at === 'actions.0.type') {
        value.actions[0] =
          typed === 'run-deployment'
            ? {
                type: typed,
                source: 'selected',
                deployment_id: one('#deployment option:nth-child(2)', form)?.value ?? '',
                schedule_after: 0,
              }
            : { type: typed }
      }
      text.value = JSON.stringify(value, null, 2)
      text.dispatchEvent(new CustomEvent('input', { bubbles: true, detail: 'mirrored' }))
      toFields()
    }
    for (const field of fields) field.addEventListener('input', () => toText(field))
    text.addEventListener('input', ({ detail }) => detail === 'mirrored' || toFields())
    toFields()
  }
})()
