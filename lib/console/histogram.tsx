// Counts over time as bars of one SVG, drawn by the server. Dragging over it is the script's; every bar is a link's worth of
// title, and the whole has one name for those who hear it.
import type { EventCount } from '../core/feed-count.ts'
import { MICROS_PER_MS, type Micros, parseInstant } from '../core/time.ts'
import { Time } from './parts.tsx'
import { counted } from './words.ts'

const WIDTH = 1_000
const HEIGHT = 100
/** Share of a slot that its bar leaves free. */
const GAP = 0.22

/** A bar, and if it is compared with something how high that was. */
export type BarCount = Pick<EventCount, 'count' | 'start_time' | 'end_time'> & { before?: number }

interface HistogramProps {
  counts: BarCount[]
  /** What is counted. @default 'event' */
  noun?: string
  /** Whether dragging over it narrows down the page. @default true */
  isZoomable?: boolean
  since: Micros
  until: Micros
  sinceText: string
  untilText: string
  now: Micros
}

export const Histogram = (props: HistogramProps) => {
  const { counts, since, until, sinceText, untilText, now, noun = 'event' } = props
  const { isZoomable = true } = props
  const most = Math.max(1, ...counts.flatMap(({ count, before = 0 }) => [count, before]))
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const place = (at: Micros) => ((at - since) / (until - since)) * WIDTH
  return (
    <div class="histogram">
      <div
        class="plot"
        {...(isZoomable && {
          'data-brush': '',
          'data-since': String(since / MICROS_PER_MS),
          'data-until': String(until / MICROS_PER_MS),
        })}
      >
        <svg
          class="bars"
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${counted(total, noun)} over this time, at most ${most} to a bar.${isZoomable ? ' Drag to zoom.' : ''}`}
        >
          {counts.map((bar) => (
            <Bar bar={bar} noun={noun} most={most} place={place} />
          ))}
          <line class="zero" x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
          {isZoomable && <rect class="brush" x="0" y="0" width="0" height={HEIGHT} />}
        </svg>
      </div>
      <div class="axis">
        <Time at={sinceText} now={now} as="short" />
        {isZoomable && <span class="wide">Drag to zoom</span>}
        <Time at={untilText} now={now} as="short" />
      </div>
    </div>
  )
}

interface BarProps {
  bar: BarCount
  noun: string
  most: number
  place(at: Micros): number
}

const Bar = ({ bar, noun, most, place }: BarProps) => {
  const from = Math.max(0, place(parseInstant(bar.start_time) ?? 0))
  const to = Math.min(WIDTH, place((parseInstant(bar.end_time) ?? 0) + 1))
  const width = Math.max(0, to - from)
  if (width === 0) return null
  const heightOf = (count: number) => (count === 0 ? 0 : Math.max(4, (count / most) * (HEIGHT - 4)))
  const height = heightOf(bar.count)
  return (
    <g>
      <title>{`${bar.start_time.slice(0, 19).replace('T', ' ')} UTC: ${counted(bar.count, noun)}${bar.before === undefined ? '' : `, was ${bar.before}`}`}</title>
      <rect class="slot" x={round(from)} y="0" width={round(width)} height={HEIGHT} />
      {height > 0 && (
        <rect
          class="bar"
          x={round(from + (width * GAP) / 2)}
          y={round(HEIGHT - height)}
          width={round(width * (1 - GAP))}
          height={round(height)}
        />
      )}
      {bar.before !== undefined && (
        <line
          class="was"
          x1={round(from)}
          x2={round(to)}
          y1={round(HEIGHT - heightOf(bar.before))}
          y2={round(HEIGHT - heightOf(bar.before))}
        />
      )}
    </g>
  )
}

const round = (value: number): string => String(Math.round(value * 100) / 100)

interface SparkProps {
  counts: number[]
  /** What it says to those who hear it, of all of them. */
  labelFor(count: number): string
}

/** A small histogram beside a row. */
export const Spark = ({ counts, labelFor }: SparkProps) => {
  const label = labelFor(counts.reduce((total, count) => total + count, 0))
  const most = Math.max(1, ...counts)
  const width = 120 / Math.max(1, counts.length)
  return (
    <svg class="spark" viewBox="0 0 120 24" role="img" aria-label={label}>
      {counts.map((count, i) => {
        const height = count === 0 ? 2 : Math.max(4, (count / most) * 24)
        return (
          <rect
            class={count === 0 ? 'none' : ''}
            x={round(i * width)}
            y={round(24 - height)}
            width={round(width - 1)}
            height={round(height)}
            rx="1"
          />
        )
      })}
    </svg>
  )
}
