// The histogram: drag over it to look closer.
;(() => {
  const { one, all } = globalThis.tripline
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
  document.addEventListener('tripline:shown', brushes)
})()
