// The live feed. The socket only rings: what is new is asked of the server, which renders it. Without a socket we ask every
// few seconds. A page that nobody looks at does neither.
;(() => {
  const { one, all } = globalThis.tripline
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
      const asked = location.href
      const answer = await fetch(asked, { headers: { 'x-part': 'results' } }).catch(() => null)
      if (!answer?.ok || isPaused) return
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
      if (location.href === asked) merge(fresh) // else the filters were changed meanwhile
    }
    function merge(fresh) {
      const results = one('#results')
      const next = one('#results', fresh)
      if (!results || !next) return
      const ids = (list) => all('[data-row]', list).map((row) => row.id)
      if (ids(results).join() === ids(next).join()) return // nothing new: nobody is disturbed
      const known = new Set(ids(results))
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
      one('#results').dispatchEvent(new Event('tripline:shown', { bubbles: true }))
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
        // Let in, we ask as well: for what came after the page was made and before we listened.
        if (/^\{"type":"(event|auth_success)"/.test(data)) ring()
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
})()
