// A reader's waiting: until somebody rings, or for a time that doubles while nothing comes.

export interface Bell {
  /** Ends the waiting, or the next one before it begins. */
  ring(): void
  wait(): Promise<void>
  /** Something came: the next waiting is short again. */
  reset(): void
}

const FIRST_MS = 8

export function bell(msMax: number): Bell {
  let ms = FIRST_MS
  let isRung = false
  let wake: (() => void) | null = null
  return {
    ring() {
      isRung = true
      wake?.()
    },
    async wait() {
      if (!isRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        wake = null
      }
      ms = isRung ? FIRST_MS : Math.min(ms * 2, msMax)
      isRung = false
    },
    reset() {
      ms = FIRST_MS
    },
  }
}
