import { ChevronLeft, ChevronRight } from 'lucide-react'
import { Button } from './button.tsx'

/** Pages by cursor: there is a next one or not, and nobody counts them. */
export function Pager({
  shown,
  onPrevious,
  onNext,
  isBusy = false,
}: {
  /** What is in view, as in "50 messages". */
  shown: string
  onPrevious?: (() => void) | undefined
  onNext?: (() => void) | undefined
  isBusy?: boolean
}) {
  return (
    <nav aria-label="Pages" className="mt-3 flex items-center justify-between gap-3">
      <p className="text-ink-soft tabular-nums" aria-live="polite">
        {shown}
      </p>
      <div className="flex gap-2">
        <Button
          size="sm"
          icon={<ChevronLeft className="size-4" aria-hidden />}
          disabled={!onPrevious}
          onClick={onPrevious}
        >
          Newer
        </Button>
        <Button size="sm" disabled={!onNext} isBusy={isBusy} onClick={onNext}>
          Older
          <ChevronRight className="size-4" aria-hidden />
        </Button>
      </div>
    </nav>
  )
}
