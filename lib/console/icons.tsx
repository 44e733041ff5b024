// Icons, drawn on a grid of 16. They stand beside words, so they have no names of their own.
const PATHS = {
  feed: 'M2 12h2.5l2-8 3 11 2-7H14',
  webhook:
    'M8 7.5 5.5 11.8M8 7.5A2.6 2.6 0 1 1 10.4 4M8 7.5M5 12.6A2.6 2.6 0 1 1 3.6 8.9M5.4 12.4H10M12.6 12.4a1.9 1.9 0 1 0-1.7-2.9L9 6',
  automation: 'M9 1.8 3.5 9H8l-1 5.2L12.5 7H8l1-5.2Z',
  deployment: 'M8 1.8 13.5 5v6L8 14.2 2.5 11V5L8 1.8ZM2.7 5.1 8 8.2l5.3-3.1M8 8.2v5.8',
  run: 'M4.5 2.8v10.4L13 8 4.5 2.8Z',
  delayed: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6',
  pool: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11M4.5 4.5v7M11.5 4.5v7',
  variable:
    'M5.5 2.5C3.8 2.5 4.6 5.6 4 7c-.3.7-1 1-1.5 1 .5 0 1.2.3 1.5 1 .6 1.4-.2 4.5 1.5 4.5M10.5 2.5c1.7 0 .9 3.1 1.5 4.5.3.7 1 1 1.5 1-.5 0-1.2.3-1.5 1-.6 1.4.2 4.5-1.5 4.5',
  key: 'M10.2 9.4a3.6 3.6 0 1 0-3.5-2.7L2.5 11v2.5H5V12h1.5v-1.5L8 9c.6.3 1.4.4 2.2.4ZM11 5h.01',
  health: 'M8 13.5S2.3 10.2 2.3 6.2A3.1 3.1 0 0 1 8 4.6a3.1 3.1 0 0 1 5.7 1.6c0 4-5.7 7.3-5.7 7.3Z',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14',
  plus: 'M8 3v10M3 8h10',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  menu: 'M2.5 5h11M2.5 11h11',
  keyboard: 'M1.8 4.2h12.4v7.6H1.8zM4.3 6.7h.01M6.8 6.7h.01M9.3 6.7h.01M11.8 6.7h.01M5.3 9.4h5.4',
  check: 'M3 8.5 6.5 12 13 4.5',
  replay: 'M3 8a5 5 0 1 0 1.7-3.8M3 2.5v3h3',
  edit: 'M10.8 2.7 13.3 5.2 5.5 13H3v-2.5l7.8-7.8Z',
} as const

export type IconName = keyof typeof PATHS

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
)

/** The mark: a line that something has touched. */
export const Mark = () => (
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" aria-hidden="true">
    <path d="M2 15.5c4.5 0 5.5-7 10-7s5.5 7 10 7" stroke-width="2.2" stroke-linecap="round" />
    <circle cx="12" cy="8.5" r="3" fill="currentColor" stroke="none" />
  </svg>
)
