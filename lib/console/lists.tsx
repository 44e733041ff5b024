// Lists: tables by their columns, short lists of links, and the form that narrows a list down. `j` and `k` go through their rows (data-row).
import type { Child } from 'hono/jsx'
import type { Micros } from '../core/time.ts'
import { Icon } from './icons.tsx'
import { Dot, Time } from './parts.tsx'
import type { Tone } from './words.ts'

export interface Column<Row> {
  head: Child
  /** `wide`: not on a phone; `num`: to the right, with figures of one width. */
  kind?: 'wide' | 'num' | 'num wide'
  cell(row: Row, index: number): Child
}

interface TableProps<Row> {
  rows: readonly Row[]
  /** Before each row's id, so that ids differ from those of other lists. */
  prefix: string
  columns: readonly Column<Row>[]
}

/** Rows of a kind, each a place that keys lead to. */
export const Table = <Row extends { id: string }>({ rows, prefix, columns }: TableProps<Row>) => (
  <div class="table">
    <table>
      <thead>
        <tr>
          {columns.map(({ head, kind }) => (
            <th {...(kind && { class: kind })}>{head}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr data-row id={`${prefix}-${row.id}`}>
            {columns.map(({ kind, cell }) => (
              <td {...(kind && { class: kind })}>{cell(row, i)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

interface TableCardProps<Row> extends TableProps<Row> {
  label: string
  /** Instead of the table while there are no rows. */
  empty: Child
}

/** All that a page lists. */
export const TableCard = <Row extends { id: string }>({
  label,
  empty,
  ...table
}: TableCardProps<Row>) => (
  <section class="card" aria-label={label}>
    {table.rows.length === 0 ? empty : <Table {...table} />}
  </section>
)

/** The head of a column of buttons: heard, not seen. */
export const Unseen = ({ children }: { children: string }) => <span class="hidden">{children}</span>

interface NamedProps {
  /** The page of what is named, if it has one. */
  path?: string
  name: string
  /** Below the name. */
  children?: Child
}

/** What a row is of. */
export const Named = ({ path, name, children }: NamedProps) => (
  <>
    <div class="title">{path ? <a href={path}>{name}</a> : name}</div>
    <div class="quiet">{children}</div>
  </>
)

export interface ShortRow {
  /** Of the element. */
  id: string
  tone: Tone
  path: string
  title: string
  under: string
  at: string
}

/** A list that fits into a narrow card. */
export const ShortList = ({ rows, now }: { rows: readonly ShortRow[]; now: Micros }) => (
  <ol class="list narrow">
    {rows.map(({ id, tone, path, title, under, at }) => (
      <li data-row id={id}>
        <Dot tone={tone} />
        <a href={path} class="cut">
          <div class="title cut">{title}</div>
          <div class="under">{under}</div>
        </a>
        <Time at={at} now={now} />
      </li>
    ))}
  </ol>
)

interface ChainStepProps {
  tone: Tone
  path?: string | null
  title: string
  when: Child
  why?: Child
  /** The one that the page is about. */
  isHere?: boolean
}

/** One of an `<ol class="chain">`: what happened one after another. */
export const ChainStep = ({ tone, path, title, when, why, isHere }: ChainStepProps) => (
  <li {...(isHere && { class: 'here', 'aria-current': 'true' })}>
    <Dot tone={tone} />
    <div class="what">
      {path ? <a href={path}>{title}</a> : <span>{title}</span>}
      <span class="when">{when}</span>
    </div>
    {why && <div class="why">{why}</div>}
  </li>
)

interface FiltersProps {
  /** Of the page that is narrowed down, which the address then says. */
  path: string
  /** The element of it that is shown anew. */
  target: string
  label: string
  children: Child
}

/** What a list is narrowed down by, as one types. */
export const Filters = ({ path, target, label, children }: FiltersProps) => (
  <search>
    <form
      class="filters"
      action={path}
      aria-label={label}
      hx-get={path}
      hx-target={target}
      hx-select={target}
      hx-swap="outerHTML"
      hx-push-url="true"
      hx-trigger="submit, change, input delay:350ms"
    >
      {children}
    </form>
  </search>
)

/** Where one types what a list is searched for; `/` leads to it. */
export const SearchBox = ({ text, placeholder, label }: SearchBoxProps) => (
  <div class="searchbox">
    <Icon name="search" />
    <input
      type="search"
      name="text"
      value={text}
      maxlength={200}
      placeholder={placeholder}
      aria-label={label}
      data-search
      autocomplete="off"
    />
  </div>
)

interface SearchBoxProps {
  text: string
  placeholder: string
  label: string
}
