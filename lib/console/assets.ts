// What pages load beside themselves: one stylesheet, our script and htmx, served under names that hold a hash of their content, so
// that a browser asks for each once. The first two are joined of the files of a folder, in the order of their names. Read from the
// folder beside this file, or beside the bundle that it became part of.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const TYPES = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' }

interface Asset {
  /** Where pages find it: `/assets/console.1a2b3c4d5e6f.css`. */
  url: string
  type: string
  plain: Buffer
  zipped: Buffer
}

export interface Assets {
  css: string
  js: string
  htmx: string
  byUrl: ReadonlyMap<string, Asset>
}

let loaded: Assets | null = null

/** All of them, read and packed when the first page is asked for. */
export function assets(): Assets {
  loaded ??= load()
  return loaded
}

const FOLDER = fileURLToPath(new URL('assets', import.meta.url))

function load(): Assets {
  const css = asset('console', 'css', joined('styles'))
  const js = asset('console', 'js', joined('scripts'))
  const htmx = asset('htmx.min', 'js', readFileSync(join(FOLDER, 'htmx.min.js')))
  const byUrl = new Map([css, js, htmx].map((one) => [one.url, one]))
  return { css: css.url, js: js.url, htmx: htmx.url, byUrl }
}

const joined = (folder: string): Buffer =>
  Buffer.concat(
    readdirSync(join(FOLDER, folder))
      .toSorted()
      .map((name) => readFileSync(join(FOLDER, folder, name))),
  )

function asset(name: string, kind: keyof typeof TYPES, plain: Buffer): Asset {
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 12)
  const url = `/assets/${name}.${hash}.${kind}`
  return { url, type: TYPES[kind], plain, zipped: gzipSync(plain, { level: 9 }) }
}
