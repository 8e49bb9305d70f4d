/** The story of a message, line by line, and below it each recipient with what both sides said. */
import { CircleAlert, CircleCheck, CircleDot, Clock } from 'lucide-react'
import type { ReactNode } from 'react'
import type { GetEmailAnswer } from '../../api/types.ts'
import { cx } from '../../lib/class-names.ts'
import { Time } from '../../ui/time.tsx'

type Line = GetEmailAnswer['timeline'][number]

export function EmailStory({ email }: { email: GetEmailAnswer }) {
  return (
    <ol className="grid">
      {email.timeline.map((line, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: lines only ever follow
          key={index}
          className="relative grid grid-cols-[1.25rem_minmax(0,1fr)] gap-x-3 pb-4 last:pb-0 not-last:before:absolute not-last:before:top-5 not-last:before:bottom-0 not-last:before:left-[0.5625rem] not-last:before:w-px not-last:before:bg-line"
        >
          <Mark line={line} />
          <div className="grid gap-0.5">
            <p className="break-words">{line.text}</p>
            <p className="text-[0.8125rem] text-ink-soft">
              <Time at={line.at} isAbsolute />
            </p>
          </div>
        </li>
      ))}
    </ol>
  )
}

function Mark({ line }: { line: Line }) {
  const [icon, tone] = markOf(line)
  return <span className={cx('mt-0.5 [&>svg]:size-4.5', tone)}>{icon}</span>
}

function markOf({ event, text }: Line): [icon: ReactNode, tone: string] {
  if (event === 'next_try') return [<Clock key="next" aria-hidden />, 'text-info']
  if (event === 'tried' && text.endsWith('delivered.')) {
    return [<CircleCheck key="good" aria-hidden />, 'text-good']
  }
  if (event === 'tried' && text.endsWith('bounced.')) {
    return [<CircleAlert key="bad" aria-hidden />, 'text-bad']
  }
  if (event === 'expired' || event === 'attachment_failed') {
    return [<CircleAlert key="bad" aria-hidden />, 'text-bad']
  }
  if (event === 'tried') return [<CircleAlert key="warn" aria-hidden />, 'text-warn']
  return [<CircleDot key="plain" aria-hidden />, 'text-ink-soft']
}
