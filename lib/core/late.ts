// When a run that nobody took is late.
import { MICROS_PER_SECOND, type Micros } from './time.ts'

/** How long after its time a run still waiting becomes Late (Prefect: PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS). */
export const LATE_AFTER: Micros = 15 * MICROS_PER_SECOND
