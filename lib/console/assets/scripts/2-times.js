// Times: relative where the server wrote them so, absolute in the viewer's zone on hover and where asked.
;(() => {
  const { all } = globalThis.tripline
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
  document.addEventListener('tripline:shown', () => showTimes())
})()
