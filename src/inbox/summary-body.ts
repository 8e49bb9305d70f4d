import type { Summary } from './record.ts'

export interface SummaryBody {
  id: string
  from: string
  to: string[]
  subject: string
  received_at: string
  size_bytes: number
  /** What a simulated recipient would do next; null for all others. */
  simulated: 'complaint' | null
}

/** A message in a list, as the inbox's JSON has it. */
export function summaryBody({
  id,
  from,
  to,
  subject,
  receivedAt,
  sizeBytes,
  isComplaint,
}: Summary): SummaryBody {
  return {
    id,
    from,
    to,
    subject,
    received_at: receivedAt.toISOString(),
    size_bytes: sizeBytes,
    simulated: isComplaint ? 'complaint' : null,
  }
}
